import type { Command } from 'commander'
import { counted } from '../services/platform/counted.ts'
import { proxies } from '../services/resources/proxies/definition.ts'
import type { AskAdmin } from './admin-client.ts'
import { NegativeAnswer, UsageError } from './failures.ts'
import { command, listRows, onAdmin, type Common } from './operated-rows.ts'
import { printTable } from './print-table.ts'
import { resourceCommand } from './resource-commands.ts'

interface TestResult {
  ok: boolean
  target: string
  status: number | null
  duration_ms: number | null
  problem: string | null
}

export function proxiesCommand(): Command {
  return resourceCommand(proxies, 'Shows, changes and tests outbound proxies').addCommand(
    command('test', 'Tries to reach the upstream through a proxy, or through each, without a credential')
      .argument('[name]')
      .action((name: string | undefined, { json }: Common) => onAdmin((ask) => test(ask, name, json)))
  )
}

async function test(ask: AskAdmin, name: string | undefined, json: boolean): Promise<void> {
  const known = await listRows<{ id: string; name: string }>(ask, '/proxies')
  const chosen = name === undefined ? known : known.filter((proxy) => proxy.name === name)
  if (name !== undefined && chosen.length === 0) {
    const names = known.map((proxy) => proxy.name)
    throw new UsageError(`there is no proxy ${name}${names.length === 0 ? ', and no other' : `; known: ${names.join(', ')}`}`)
  }
  const results: (TestResult & { proxy: string })[] = []
  for (const proxy of chosen) {
    const result = (await ask('POST', `/proxies/${proxy.id}/test`)) as TestResult
    results.push({ proxy: proxy.name, ...result })
  }
  if (json) console.log(JSON.stringify(results, null, 2))
  else if (results.length === 0) console.log('There are no proxies: accounts reach the upstream directly.')
  else {
    printTable(
      [
        { heading: 'PROXY', rank: 'known', is: 'name' },
        { heading: 'TARGET', rank: 'lesser' },
        { heading: 'RESULT', is: 'prose' }
      ],
      results.map(({ proxy, target, ok, status, duration_ms: ms, problem }) => [
        proxy,
        target,
        ok ? `reached: status ${status} after ${ms} ms` : `not reached: ${problem}`
      ])
    )
  }
  const failed = results.filter(({ ok }) => !ok).length
  if (failed > 0) {
    throw new NegativeAnswer(`${failed} of ${counted(results.length, 'proxy', 'proxies')} did not reach the upstream`)
  }
}
