import { Command, Option } from 'commander'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { counted } from '../services/platform/counted.ts'
import { withAdmin } from './admin-client.ts'
import { cellOf } from './cells.ts'
import { NegativeAnswer } from './failures.ts'
import { positiveInteger } from './option-values.ts'
import { printResult } from './print-result.ts'
import { printTable } from './print-table.ts'
import { filtersOf, withTimes, type Times } from './usage-options.ts'

interface Entry {
  id: string
  at: string
  actor: string
  action: string
  subject: string
  client_address: string | null
  detail: Record<string, unknown>
}

interface Verification {
  ok: boolean
  entries: number
  old_entries: number
  head: { seq: string; hash: string }
  broken: { id: string | null; seq: string | null; problem: string } | null
}

interface ListOptions extends Times {
  subject?: string
  user?: string
  actor?: string
  action?: string
  limit: number
  json: boolean
}

export function auditCommand(): Command {
  const audit = new Command('audit').description('Shows who changed what, and verifies the audit log')
  withTimes(audit.command('list').description('Lists the newest entries of the audit log'))
    .option('--subject <subject>', 'what was changed, such as "user dev@example.com"')
    .option('--user <email>', 'whom it concerns: also their keys, their subscriptions and their balance')
    .option('--actor <actor>', 'who did it: admin, cli:<user>, an e-mail address, config or sluice')
    .option('--action <action>', 'what was done, such as key.revoked')
    .addOption(new Option('--limit <n>', 'at most this many, up to 1000').argParser(positiveInteger).default(50))
    .option('--json', 'print JSON', false)
    .action(list)
  audit
    .command('verify')
    .description('Verifies the hash chain and names the first entry changed, removed or inserted')
    .option('--json', 'print JSON', false)
    .action(verify)
  return audit
}

async function list({ json, limit, ...filters }: ListOptions): Promise<void> {
  const query = new URLSearchParams({ ...filtersOf(filters), limit: String(limit) })
  await withAdmin(readSettings(process.env), async (ask) => {
    const { data } = (await ask('GET', `/audit-log?${query.toString()}`)) as { data: Entry[] }
    printResult(data, json, printEntries)
  })
}

function printEntries(entries: readonly Entry[]): void {
  if (entries.length === 0) return console.log('No matching audit entries.')
  printTable(
    [
      { heading: 'ID', rank: 'known' },
      { heading: 'TIME' },
      { heading: 'WHO', is: 'name' },
      { heading: 'FROM', rank: 'lesser' },
      { heading: 'ACTION' },
      { heading: 'SUBJECT', is: 'name' },
      { heading: 'DETAIL', is: 'prose' }
    ],
    entries.map(({ id, at, actor, client_address: address, action, subject, detail }) => {
      return [id, at, actor, address ?? '', action, subject, cellOf(detail)]
    })
  )
}

async function verify({ json }: { json: boolean }): Promise<void> {
  await withAdmin(readSettings(process.env), async (ask) => {
    const result = (await whileShown(ask('GET', '/audit-log/verification'))) as Verification
    printResult(result, json, ({ ok, entries, old_entries: old, head }) => {
      if (!ok) return
      console.log(`The audit log is intact: ${counted(entries, 'entry', 'entries')} in the chain, ${old} from before it.`)
      console.log(`It ends with ${head.seq} ${head.hash}`)
    })
    if (result.broken !== null) throw new NegativeAnswer(`the audit log is broken at ${placeOf(result.broken)}`)
  })
}

/** It is one request, however long the chain is: at a terminal, say that it goes on. */
async function whileShown<T>(work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return await work
  let seconds = 0
  const show = () => process.stderr.write(`\r\u001B[KRecomputing the chain, ${seconds++} s …`)
  show()
  const ticking = setInterval(show, 1000)
  try {
    return await work
  } finally {
    clearInterval(ticking)
    process.stderr.write('\r\u001B[K')
  }
}

function placeOf({ id, seq, problem }: NonNullable<Verification['broken']>): string {
  const names = [...(id === null ? [] : [`id ${id}`]), ...(seq === null ? [] : [`seq ${seq}`])]
  return `${names.join(', ') || 'its beginning'}: ${problem}`
}
