import { Counter, Gauge, type Registry } from 'prom-client'
import type { BudgetKind } from '../../gateway/eligibility/request-budgets.ts'
import type { AccountReading } from '../../gateway/accounts/standings.ts'
import type { PoolStanding } from '../../resources/teams/standing.ts'
import type { JournalBacklog } from '../../money/journal/journal-backlog.ts'
import type { SettlerCounts } from '../../money/journal/settler.ts'
import type { SlotSubject, SlotUsage } from '../../gateway/slots/slots.ts'
import type { Condition } from './condition.ts'
import { ACCOUNT_STATES } from '../../gateway/request/outcomes.ts'

/** What is looked at when somebody asks for the metrics. */
export interface GaugeReadings {
  condition: Condition
  /** Null when it could not be told. */
  slots: readonly SlotUsage[] | null
  accounts: readonly AccountReading[]
  /** Of teams that have a limit. */
  pools: readonly PoolStanding[]
  /** Keys, sessions and agents that are paused. */
  pauses: number
  backlog: JournalBacklog
  journalMaxBytes: number
  counts: SettlerCounts
  /** Nano-dollars by kind of budget. */
  reserved: ReadonlyMap<BudgetKind, bigint>
  bufferedBytes: number
  maxBufferedBytes: number
}

const SLOTS_STATES = ['in-process', 'shared', 'local', 'rejoining'] as const
const BUDGET_KINDS: readonly BudgetKind[] = ['wallet', 'subscription', 'key', 'team']
const PHASES = ['running', 'draining', 'closing'] as const
const SUBJECTS: readonly SlotSubject[] = ['user', 'account']

/** The gauges of a registry; the returned function sets them to what was read. */
export function createGauges(registry: Registry): (readings: GaugeReadings) => void {
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers: [registry] })
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name, help, labelNames, registers: [registry] })

  const slotsHeld = gauge('sluice_slots_held', 'Slots held, by whose they are.', 'subject')
  const slotsLimit = gauge(
    'sluice_slots_limit',
    'Slots that those have together who hold or want some and have a limit.',
    'subject'
  )
  const slotsWaiting = gauge('sluice_slots_waiting', 'Requests waiting for a slot, by whose it is.', 'subject')
  const accountHeld = gauge('sluice_account_slots_held', 'Slots held on an account.', 'account')
  const accountLimit = gauge('sluice_account_slots_limit', 'Slots of an account; 0 is no limit.', 'account')
  const accountWaiting = gauge('sluice_account_slots_waiting', 'Requests that would take a slot of the account now.', 'account')
  const accountState = gauge(
    'sluice_account_state',
    '1 for the state that an account is in, 0 for the others.',
    'account',
    'state'
  )
  const utilization = gauge(
    'sluice_account_window_utilization_ratio',
    'Share used of a usage window, as the upstream stated it.',
    'account',
    'window'
  )
  const teamUsed = gauge('sluice_team_used_usd', 'USD that a team was charged in a window that has a limit.', 'team', 'window')
  const teamLimit = gauge('sluice_team_limit_usd', 'Its limit, with what it is raised by.', 'team', 'window')
  const pauses = gauge('sluice_pauses', 'Keys, sessions and agents that are paused, as this replica knows.')
  const journalBytes = gauge('sluice_journal_bytes', 'Journal not yet settled.')
  const journalMaxBytes = gauge('sluice_journal_max_bytes', 'JOURNAL_MAX_BYTES.')
  const journalAge = gauge(
    'sluice_journal_oldest_age_seconds',
    'How long the oldest finished attempt has waited to be settled.'
  )
  const journalAttempts = gauge('sluice_journal_unsettled_attempts', 'Finished attempts not yet settled.')
  const journalAccepting = gauge('sluice_journal_accepting', '1 while the journal takes new requests.')
  const settled = counter('sluice_usage_settled_total', 'Attempts put on record.')
  const replayed = counter('sluice_usage_replayed_total', 'Attempts of a process that is gone, read again from its journal.')
  const duplicates = counter('sluice_usage_duplicates_total', 'Attempts found on record already.')
  const rejected = counter('sluice_usage_rejected_total', 'Attempts that the database refused, set aside in rejected.log.')
  const damaged = counter('sluice_journal_damaged_lines_total', 'Lines of the journal that could not be used.', 'damage')
  const officeAge = gauge('sluice_back_office_age_seconds', 'Since the last sign of life of what works behind the requests.')
  const databaseUp = gauge('sluice_database_up', '1 while the database answers.')
  const slotsState = gauge('sluice_slots_state', '1 for where slots are counted now, 0 for the others.', 'state')
  const replicas = gauge('sluice_replicas', 'Replicas that share the slots, as this one knows.')
  const phase = gauge('sluice_phase', '1 for the phase of the process, 0 for the others.', 'phase')
  const reserved = gauge(
    'sluice_reserved_usd',
    'USD that requests under way are expected to cost, by what limits them.',
    'budget'
  )
  const buffered = gauge('sluice_buffered_body_bytes', 'Request bodies held in memory, and what it takes to decode them.')
  const maxBuffered = gauge('sluice_buffered_body_max_bytes', 'MAX_BUFFERED_BYTES.')

  function setSlots(slots: readonly SlotUsage[] | null): void {
    for (const one of [slotsHeld, slotsLimit, slotsWaiting]) one.reset()
    if (slots === null) return
    for (const subject of SUBJECTS) {
      const ofSubject = slots.filter((slot) => slot.subject === subject)
      slotsHeld.set({ subject }, sum(ofSubject.map(({ inFlight }) => inFlight)))
      slotsLimit.set({ subject }, sum(ofSubject.map(({ limit }) => limit)))
      slotsWaiting.set({ subject }, sum(ofSubject.map(({ waiting }) => waiting)))
    }
  }

  function setAccounts(accounts: readonly AccountReading[], slots: readonly SlotUsage[] | null): void {
    // Accounts that are gone are not kept.
    for (const one of [accountHeld, accountLimit, accountWaiting, accountState, utilization]) one.reset()
    const usage = new Map(slots?.filter(({ subject }) => subject === 'account').map((slot) => [slot.id, slot]))
    for (const { id, name: account, state, limit, windows } of accounts) {
      for (const one of ACCOUNT_STATES) accountState.set({ account, state: one }, one === state ? 1 : 0)
      for (const window of windows) {
        if (window.utilization !== null) utilization.set({ account, window: window.name }, window.utilization)
      }
      accountLimit.set({ account }, limit)
      if (slots === null) continue
      accountHeld.set({ account }, usage.get(id)?.inFlight ?? 0)
      accountWaiting.set({ account }, usage.get(id)?.waiting ?? 0)
    }
  }

  function setTeams(pools: readonly PoolStanding[]): void {
    // Teams and limits that are gone are not kept.
    for (const one of [teamUsed, teamLimit]) one.reset()
    for (const { name: team, windows } of pools) {
      for (const { kind: window, usedNano, limitNano } of windows) {
        teamUsed.set({ team, window }, Number(usedNano) / 1e9)
        teamLimit.set({ team, window }, Number(limitNano) / 1e9)
      }
    }
  }

  function setJournal({ backlog, journalMaxBytes: maxBytes, counts, condition: { journal } }: GaugeReadings): void {
    journalBytes.set(backlog.bytes)
    journalMaxBytes.set(maxBytes)
    journalAge.set((journal.oldestAgeMs ?? 0) / 1000)
    journalAttempts.set(backlog.unsettledAttempts)
    journalAccepting.set(journal.accepting ? 1 : 0)
    setTotal(settled, counts.settled)
    setTotal(replayed, counts.replayed)
    setTotal(duplicates, counts.duplicates)
    setTotal(rejected, counts.rejected)
    damaged.reset()
    damaged.inc({ damage: 'corrupt' }, counts.corruptLines)
    damaged.inc({ damage: 'torn' }, counts.tornLines)
    damaged.inc({ damage: 'orphan' }, counts.orphanRecords)
  }

  return (readings) => {
    const { condition } = readings
    setSlots(readings.slots)
    pauses.set(readings.pauses)
    setAccounts(readings.accounts, readings.slots)
    setTeams(readings.pools)
    setJournal(readings)
    officeAge.set(condition.backOffice.ageMs / 1000)
    databaseUp.set(condition.database === 'ok' ? 1 : 0)
    for (const state of SLOTS_STATES) slotsState.set({ state }, state === condition.slots ? 1 : 0)
    replicas.set(condition.replicas)
    for (const one of PHASES) phase.set({ phase: one }, one === condition.phase ? 1 : 0)
    for (const budget of BUDGET_KINDS) reserved.set({ budget }, Number(readings.reserved.get(budget) ?? 0n) / 1e9)
    buffered.set(readings.bufferedBytes)
    maxBuffered.set(readings.maxBufferedBytes)
  }
}

/** Counted elsewhere, and only ever upwards. */
function setTotal(counter: Counter, total: number): void {
  counter.reset()
  counter.inc(total)
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0)
