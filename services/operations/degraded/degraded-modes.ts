import { counted } from '../../platform/counted.ts'
import type { DegradedFacts, DegradedMode } from '../../resources/records/degraded-modes.ts'
import type { Condition } from '../metrics/condition.ts'

/** Usage is settled each second: what waits for so long is stuck. */
const UNSETTLED_MS = 120_000

/** What a process in this condition serves without. */
export function degradedModesOf({
  database,
  slots,
  replicas,
  backOffice,
  journal
}: Condition): Map<DegradedMode, DegradedFacts> {
  const modes = new Map<DegradedMode, DegradedFacts>()
  const { bytes: journalBytes, oldestAgeMs } = journal
  const waiting: DegradedFacts = { journalBytes, ...(oldestAgeMs === null ? {} : { oldestAgeMs: Math.round(oldestAgeMs) }) }
  if (slots === 'local' || slots === 'rejoining') modes.set('redis_away', { replicas })
  if (database === 'away') modes.set('postgres_away', waiting)
  if (backOffice.state === 'stalled') modes.set('back_office_stalled', waiting)
  if (!journal.accepting) modes.set('journal_refusing', waiting)
  // What is away says why already.
  const isExplained = modes.has('postgres_away') || modes.has('back_office_stalled')
  if ((oldestAgeMs ?? 0) > UNSETTLED_MS && !isExplained) modes.set('usage_unsettled', waiting)
  return modes
}

/** The worst of both. */
export function worseFacts(some: DegradedFacts, more: DegradedFacts): DegradedFacts {
  const facts = { ...some }
  for (const [name, value] of Object.entries(more) as [keyof DegradedFacts, number][]) {
    facts[name] = Math.max(facts[name] ?? 0, value)
  }
  return facts
}

const WAITED = 'usage waited in the journal on disk, and was settled afterwards'

const MEANWHILE: Record<Exclude<DegradedMode, 'redis_away'>, string> = {
  postgres_away: `keys and balances known from before were served, others got 503; ${WAITED}`,
  back_office_stalled: `requests were served; ${WAITED}`,
  journal_refusing: 'new requests got 503, so that nothing was used without a record; running ones were recorded',
  usage_unsettled: `requests were served; ${WAITED}`
}

/** What was done meanwhile, in a sentence. */
export function meanwhile(mode: DegradedMode, { replicas = 1 }: DegradedFacts): string {
  if (mode !== 'redis_away') return MEANWHILE[mode]
  const share = replicas > 1 ? `, at its share of each limit among ${counted(replicas, 'replica')}` : ''
  return `this replica counted slots by itself${share}; running requests went on`
}
