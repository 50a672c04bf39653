import type { Queryable } from '../../platform/database/queryable.ts'
import type { Checked, Drift, DriftSums } from '../records/ledger-verification.ts'
import { addSums, foundIn } from './drift-sums.ts'
import { verifyLedgerPart, type VerifiedPart } from './ledger-verification.ts'

/** What a verification of all the books found, or has found so far. */
export interface VerifiedLedger {
  checked: Checked
  skippedWindows: number
  /** How many values drifted. */
  found: number
  kinds: DriftSums
  /** The first of them. */
  drifts: Drift[]
}

interface VerifyOptions {
  now: number
  /** Called and awaited after each part, with the totals so far. */
  onPart?: (part: VerifiedPart, soFar: VerifiedLedger) => Promise<void>
}

/** More than anybody reads, and a bound on the memory that a broken ledger takes. */
const MOST_DRIFTS = 1000

export const NOTHING_VERIFIED: VerifiedLedger = {
  checked: { users: 0, entries: 0, subscriptions: 0, keys: 0, teams: 0, events: 0, hours: 0 },
  skippedWindows: 0,
  found: 0,
  kinds: {},
  drifts: []
}

/** Verifies all the books, a part at a time. */
export async function verifyLedger(db: Queryable, { now, onPart = async () => {} }: VerifyOptions): Promise<VerifiedLedger> {
  let soFar = NOTHING_VERIFIED
  let cursor: string | null = null
  do {
    const part = await verifyLedgerPart(db, cursor, now)
    soFar = withPart(soFar, part)
    await onPart(part, soFar)
    cursor = part.nextCursor
  } while (cursor !== null)
  return soFar
}

function withPart(sum: VerifiedLedger, part: VerifiedPart): VerifiedLedger {
  const things = Object.keys(sum.checked) as (keyof Checked)[]
  const checked = Object.fromEntries(things.map((thing) => [thing, sum.checked[thing] + part.checked[thing]])) as Checked
  const kinds = addSums(sum.kinds, part.kinds)
  return {
    checked,
    skippedWindows: sum.skippedWindows + part.skippedWindows,
    found: foundIn(kinds),
    kinds,
    drifts: [...sum.drifts, ...part.drifts.slice(0, MOST_DRIFTS - sum.drifts.length)]
  }
}
