import { setTimeout as delay } from 'node:timers/promises'
import { Option, type Command } from 'commander'
import type { Queryable } from '../services/platform/database/queryable.ts'
import { counted } from '../services/platform/counted.ts'
import type { AskAdmin } from './admin-client.ts'
import { NegativeAnswer, OperationError } from './failures.ts'
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

/** What was verified, and what of it is wrong. */
export interface Verified {
  ok: boolean
  checked: Record<keyof typeof THINGS, number>
  skipped_windows: number
  found: number
  drifts: Drift[]
}

/** A verification as the server keeps it. */
interface Verification extends Omit<Verified, 'ok'> {
  id: string
  state: 'running' | 'agrees' | 'drifted' | 'failed' | 'interrupted'
  problem: string | null
}

interface ListOptions {
  user?: string
  limit: number
  json: boolean
}

const LOOK_MS = 200

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

/** Has the server verify, which keeps what comes of it. */
async function verify(ask: AskAdmin, json: boolean): Promise<void> {
  // This one only reads: where there is no database, none is made.
  await ask('GET', '/verifications?limit=1')
  const progress = createProgress()
  let verification = await begin(ask)
  while (verification.state === 'running') {
    progress.show(`Verified ${inWords(verification.checked)}`)
    await delay(LOOK_MS)
    verification = (await ask('GET', `/verifications/${verification.id}`)) as Verification
    // One of another process, which is gone: its turn is over.
    if (verification.state === 'interrupted') verification = await begin(ask)
  }
  progress.end()
  const { id, state, checked, skipped_windows: skipped, found, drifts, problem } = verification
  if (state === 'failed' || state === 'interrupted') throw new OperationError(`the ledger could not be verified: ${problem}`)
  const verified = { ok: state === 'agrees', id, checked, skipped_windows: skipped, found, drifts }
  printResult(verified, json, printVerified)
  if (!verified.ok) throw new NegativeAnswer(`the ledger is wrong in ${counted(found, 'place')}`)
}

const begin = async (ask: AskAdmin) => (await ask('POST', '/verifications')) as Verification

/** The same for a database that nobody serves. */
export async function verifyDatabase(database: Queryable): Promise<Verified> {
  const { verifyLedger } = await import('../services/resources/admin/verify-ledger.ts')
  const progress = createProgress()
  const { checked, skippedWindows, found, drifts } = await verifyLedger(database, {
    now: Date.now(),
    onPart: async (_part, soFar) => progress.show(`Verified ${inWords(soFar.checked)}`)
  })
  progress.end()
  return { ok: found === 0, checked, skipped_windows: skippedWindows, found, drifts }
}

/** What is verified, by its plural. */
const THINGS = {
  users: 'user',
  entries: 'entry',
  subscriptions: 'subscription',
  keys: 'key',
  teams: 'team',
  events: 'event',
  hours: 'hour'
} as const

const inWords = (checked: Verified['checked']) =>
  (Object.entries(THINGS) as [keyof typeof THINGS, string][])
    .map(([things, thing]) => counted(checked[things], thing, things))
    .join(', ')

export function printVerified({ ok, checked, skipped_windows: skipped, drifts }: Verified): void {
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
