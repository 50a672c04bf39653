import { Command } from 'commander'
import { readSettings } from '../services/set-up/settings.ts'
import { withAdmin, type AskAdmin } from './admin-client.ts'
import { OperationError, UsageError } from './failures.ts'
import { confirm } from './confirm.ts'
import {
  command,
  findRow,
  listRows,
  onAdmin,
  printRow,
  printRows,
  remove,
  YES,
  type Common,
  type Row
} from './operated-rows.ts'
import { readSecret } from './read-secret.ts'
import { printTable } from './print-table.ts'

interface Proxy {
  id: string
  name: string
}

interface TestResult {
  ok: boolean
  target: string
  status: number | null
  duration_ms: number | null
  problem: string | null
}

export function proxiesCommand(): Command {
  const proxies = new Command('proxies').description('Shows, describes and tests outbound proxies')
  proxies
    .command('list')
    .description('Lists the proxies; their URLs are secrets')
    .option('--json', 'print JSON', false)
    .action(({ json }: { json: boolean }) =>
      withAdmin(readSettings(process.env), async (ask) => printRows(await listRows(ask, '/proxies'), ['id', 'name'], json))
    )
  proxies
    .command('test')
    .description('Reaches for the upstream through a proxy, or through each, without a credential')
    .argument('[name]')
    .option('--json', 'print JSON', false)
    .action((name: string | undefined, { json }: { json: boolean }) =>
      withAdmin(readSettings(process.env), (ask) => test(ask, name, json))
    )
  proxies.addCommand(
    command('show', 'Shows a proxy; its URL is a secret')
      .argument('<name>')
      .action((name: string, { json }: Common) => onAdmin(async (ask) => printRow(await findProxy(ask, name), json)))
  )
  proxies.addCommand(
    command('add', 'Describes a proxy; its URL, which may have a password, is asked for, or read from standard input')
      .alias('create')
      .argument('<name>')
      .action((name: string, { json }: Common) =>
        onAdmin(async (ask) => printRow((await ask('POST', '/proxies', { name, url: await readUrl() })) as Row, json))
      )
  )
  proxies.addCommand(
    command('change', 'Gives a proxy another URL, which is asked for, or read from standard input')
      .argument('<name>')
      .action((name: string, { json }: Common) =>
        onAdmin(async (ask) => {
          const { id } = await findProxy(ask, name)
          printRow((await ask('PATCH', `/proxies/${id}`, { url: await readUrl() })) as Row, json)
        })
      )
  )
  proxies.addCommand(
    command('remove', 'Removes a proxy that no account goes through')
      .argument('<name>')
      .option(...YES)
      .action(async (name: string, { json, yes = false }: Common) => {
        await confirm(`Proxy ${name} will be removed.`, yes)
        await onAdmin(async (ask) => remove(ask, `/proxies/${(await findProxy(ask, name)).id}`, `proxy ${name}`, json))
      })
  )
  return proxies
}

const findProxy = (ask: AskAdmin, name: string) => findRow(ask, { kind: 'proxy', path: '/proxies', named: { name } })

async function readUrl(): Promise<string> {
  const url = await readSecret('URL')
  if (url === '') throw new UsageError('no URL was given: type it, or give it on standard input')
  return url
}

async function test(ask: AskAdmin, name: string | undefined, json: boolean): Promise<void> {
  const { data: known } = (await ask('GET', '/proxies')) as { data: Proxy[] }
  const chosen = name === undefined ? known : known.filter((proxy) => proxy.name === name)
  if (name !== undefined && chosen.length === 0) {
    throw new UsageError(`there is no proxy ${name}; there are ${known.map((proxy) => proxy.name).join(', ') || 'none'}`)
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
      ['PROXY', 'TARGET', 'RESULT'],
      results.map(({ proxy, target, ok, status, duration_ms: ms, problem }) => [
        proxy,
        target,
        ok ? `reached: status ${status} after ${ms} ms` : `not reached: ${problem}`
      ])
    )
  }
  const failed = results.filter(({ ok }) => !ok).length
  if (failed > 0) {
    throw new OperationError(`${failed} of ${results.length} proxies did not reach the upstream`)
  }
}
