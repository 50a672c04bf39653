import { Option, type Command } from 'commander'
import type { Queryable } from '../services/platform/database/queryable.ts'
import { counted } from '../services/platform/counted.ts'
import type { AskAdmin } from './admin-client.ts'
import { NegativeAnswer } from './failures.ts'
import { command, commandGroup, onAdmin, pagesOf, printRows, type AdminRow, type FieldColumn } from './operated-rows.ts'
import { positiveInteger } from './option-values.ts'
import { printResult } from './print-result.ts'
import { printTable } from './print-table.ts'
import { createProgress } from './progress.ts'

interface Drift {
  kind: string
  subject: string
  field: string
  recorded: string | null
  recomputed: string
}

interface Part {
  checked: { users: number; subscriptions: number; keys: number; hours: number }
  skipped_windows: number
  found: number
  drifts: Drift[]
  next_cursor: string | null
}

interface ListOptions {
  user?: string
  limit: number
  json: boolean
}

export type Verification = Omit<Part, 'next_cursor'> & { ok: boolean }

/** More than anybody reads, and a bound to the memory that a broken ledger takes. */
const MOST_DRIFTS = 1000

export function ledgerCommand(): Command {
  const ledger = commandGroup('ledger', 'Shows what changed balances, and checks that the books agree')
  ledger.addCommand(
    command('list', 'Lists what changed balances, newest first: usage, top-ups, adjustments, refunds')
      .option('--user <email>', 'filter by user')
      .addOption(new Option('--limit <n>', 'at most this many').argParser(positiveInteger).default(50))
      .action((options: ListOptions) => onAdmin((ask) => list(ask, options)))
  )
  ledger.addCommand(
    command('verify', 'Recomputes every balance, open window and sum of an hour or a day, and reports what drifted').action(
      ({ json }: { json: boolean }) => onAdmin((ask) => verify(ask, json))
    )
  )
  return ledger
}

const COLUMNS: FieldColumn[] = [
  { field: 'created_at', rank: 'known' },
  { field: 'user_email', is: 'name' },
  { field: 'kind' },
  { field: 'amount_usd' },
  { field: 'balance_after_usd' },
  { field: 'source_id', rank: 'lesser' },
  { field: 'note', is: 'prose' }
]

async function list(ask: AskAdmin, { user, limit, json }: ListOptions): Promise<void> {
  const rows: AdminRow[] = []
  for await (const page of pagesOf(ask, '/ledger-entries', user === undefined ? {} : { user }, limit)) rows.push(...page)
  printRows(rows, COLUMNS, json)
}

async function verify(ask: AskAdmin, json: boolean): Promise<void> {
  const verification = await verifyAll(async (cursor) => {
    const query = cursor === null ? '' : `?cursor=${cursor}`
    return (await ask('GET', `/ledger-verification${query}`)) as Part
  })
  printResult(verification, json, printVerification)
  if (!verification.ok) throw new NegativeAnswer(`the ledger is wrong in ${counted(verification.found, 'place')}`)
}

/** The same for a database that nobody serves. */
export async function verifyDatabase(database: Queryable): Promise<Verification> {
  const { verifyLedgerPart } = await import('../services/resources/admin/ledger-verification.ts')
  return await verifyAll(async (cursor) => {
    const { skippedWindows, nextCursor, ...part } = await verifyLedgerPart(database, cursor, Date.now())
    return { ...part, skipped_windows: skippedWindows, next_cursor: nextCursor }
  })
}

async function verifyAll(readPart: (cursor: string | null) => Promise<Part>): Promise<Verification> {
  const checked = { users: 0, subscriptions: 0, keys: 0, hours: 0 }
  const drifts: Drift[] = []
  const progress = createProgress()
  let [skipped, found] = [0, 0]
  let cursor: string | null = null
  do {
    const part = await readPart(cursor)
    checked.users += part.checked.users
    checked.subscriptions += part.checked.subscriptions
    checked.keys += part.checked.keys
    checked.hours += part.checked.hours
    skipped += part.skipped_windows
    found += part.found
    drifts.push(...part.drifts.slice(0, MOST_DRIFTS - drifts.length))
    cursor = part.next_cursor
    progress.show(`Verified ${inWords(checked)}`)
  } while (cursor !== null)
  progress.end()
  return { ok: found === 0, checked, skipped_windows: skipped, found, drifts }
}

const inWords = (checked: Part['checked']) =>
  Object.entries(checked)
    .map(([things, count]) => `${count} ${count === 1 ? things.slice(0, -1) : things}`)
    .join(', ')

export function printVerification({ ok, checked, skipped_windows: skipped, drifts }: Verification): void {
  if (drifts.length > 0) {
    printTable(
      [
        { heading: 'DRIFT' },
        { heading: 'RECORDED' },
        { heading: 'RECOMPUTED' },
        { heading: 'FIELD' },
        { heading: 'OF', rank: 'known', is: 'name' }
      ],
      drifts.map(({ kind, recorded, recomputed, field, subject }) => [kind, recorded ?? 'missing', recomputed, field, subject])
    )
  }
  console.log(`${ok ? 'The books agree' : 'Verified'}: ${inWords(checked)}.`)
  if (skipped > 0)
    console.log(
      `${counted(skipped, 'window')} could not be recomputed: events were dropped, or the rules changed, since it began.`
    )
}
