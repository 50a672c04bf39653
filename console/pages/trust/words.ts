import { formatCount } from '../../parts/amounts.ts'
import type { TrustReport, Verification } from './trust.tsx'

/** How often it is asked anew: while a verification runs, and else. */
export const RUNNING_MS = 1000
export const IDLE_MS = 30_000

/** Who had it verified. */
export const byWhom = (startedBy: string) => (startedBy === 'sluice' ? 'Sluice itself' : startedBy)

type Checked = Verification['checked']

const THINGS: Record<keyof Checked, readonly [one: string, many: string]> = {
  events: ['usage event', 'usage events'],
  entries: ['ledger entry', 'ledger entries'],
  users: ['user', 'users'],
  keys: ['key', 'keys'],
  teams: ['team', 'teams'],
  subscriptions: ['subscription', 'subscriptions'],
  hours: ['hour', 'hours']
}

/** How many of them were looked at. */
export const thingsInWords = (things: keyof Checked, checked: Checked) =>
  `${formatCount(checked[things])} ${THINGS[things][checked[things] === 1 ? 0 : 1]}`

/** How much was looked at. */
export function checkedInWords(checked: Checked): string {
  const some = (Object.keys(THINGS) as (keyof Checked)[]).filter((things) => checked[things] > 0)
  return some.length === 0 ? 'nothing' : some.map((things) => thingsInWords(things, checked)).join(', ')
}

/** What is held against what, by what it is called where it drifts. */
export const COMPARISONS = [
  {
    kind: 'balance',
    left: 'Each user’s balance',
    right: 'the sum of the ledger entries',
    of: 'users'
  },
  {
    kind: 'running-balance',
    left: 'The balance that a ledger entry states',
    right: 'the sum of the entries up to it',
    of: 'entries'
  },
  {
    kind: 'charge',
    left: 'Each usage entry of the ledger',
    right: 'what its usage event charged; each event has one, and no entry is without',
    of: 'entries'
  },
  {
    kind: 'window',
    left: 'What open windows of subscriptions have counted',
    right: 'the cost of their events',
    of: 'subscriptions'
  },
  {
    kind: 'spending',
    left: 'What keys, teams and their members have counted against their limits',
    right: 'what their events were charged',
    of: 'keys'
  },
  { kind: 'hour', left: 'Hourly totals', right: 'the events of the hour', of: 'hours' },
  { kind: 'day', left: 'Daily totals', right: 'the events of the day', of: 'hours' },
  { kind: 'team-hour', left: 'Each team’s hourly totals', right: 'its events of the hour', of: 'teams' },
  { kind: 'team-day', left: 'Each team’s daily totals', right: 'its events of the day', of: 'teams' },
  {
    kind: 'lost',
    left: 'How many events a day has',
    right: 'how many it had when it was verified before: none is gone',
    of: 'events'
  }
] as const satisfies readonly {
  kind: Verification['kinds'][number]['kind']
  left: string
  right: string
  of: keyof Checked
}[]

type Mode = TrustReport['replicas'][number]['degraded'][number]['mode']

/** What a replica served without. */
export const MODES: Record<Mode, string> = {
  redis_away: 'Redis was away',
  postgres_away: 'Postgres was away',
  back_office_stalled: 'the back office stalled',
  journal_refusing: 'the journal took no more: disk full or failing',
  usage_unsettled: 'usage was not settled'
}
