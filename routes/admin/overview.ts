import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox'
import { ACCOUNT_STATES } from '../../services/gateway/request/outcomes.ts'
import type { AccountStanding } from '../../services/gateway/accounts/standings.ts'
import { earlier, holdersOf, NOBODY } from '../../services/gateway/slots/slot-users.ts'
import type { SlotsLook, WatchedSlots } from '../../services/gateway/slots/slots.ts'
import { formatUsd } from '../../services/money/prices/money.ts'
import { sumRecentUsage, type RecentUsage } from '../../services/money/records/recent-usage.ts'
import { DATABASE_STATES, PHASES, SLOTS_STATES } from '../../services/operations/metrics/condition.ts'
import { shareResult } from '../../services/platform/shared-result.ts'
import { VERSION } from '../../services/platform/version.ts'
import { COOLDOWN_KINDS } from '../../services/resources/accounts/cooldowns.ts'
import { usedShare, type PoolStanding } from '../../services/resources/teams/standing.ts'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { createUserNames } from '../../services/resources/users/user-names.ts'
import { ID_OR_NAME, PAGED, pageOf } from './paging.ts'
import { TextOrNull, USAGE_COUNTS, WAITING_SESSIONS, waitingSessionsOnWire } from './schemas.ts'
import { toTime, toTimeOrNull } from '../../services/platform/timestamps.ts'
import { cooldownReport } from '../../services/resources/accounts/accounts.ts'

const Count = Type.Integer()
const CountOrNull = Type.Union([Count, Type.Null()])
const Waited = Type.Union([Count, Type.Null()], {
  description: 'how long the one has waited that has waited longest; null: nobody waits, or it cannot be told'
})

const Usage = Type.Object({
  seconds: Count,
  ...USAGE_COUNTS,
  cost_usd: Type.String(),
  charged_usd: Type.String()
})

const User = Type.Object({
  id: Type.String(),
  name: Type.String({ description: 'the e-mail address; the ID while the database is away' }),
  limit: Type.Integer({ description: '0 = no limit' }),
  in_flight: Count,
  waiting: Count,
  longest_wait_ms: Waited,
  ...WAITING_SESSIONS
})

const AccountUser = Type.Object({
  id: Type.String(),
  name: Type.String({ description: 'the e-mail address; the ID while the database is away' }),
  in_flight: Count,
  sessions: Count
})

const CooldownInForce = Type.Object({
  kind: Type.Enum(COOLDOWN_KINDS),
  scope: Type.Union([Type.String(), Type.Null()], { description: 'null = all models' }),
  reason: Type.String(),
  since: Type.String(),
  until: Type.String(),
  probe_at: TextOrNull
})

const Account = Type.Object({
  id: Type.String(),
  name: Type.String(),
  status: Type.Enum(['active', 'disabled', 'error']),
  schedulable: Type.Boolean(),
  state: Type.Enum(ACCOUNT_STATES),
  limit: Type.Integer({ description: '0 = no limit' }),
  in_flight: CountOrNull,
  waiting: CountOrNull,
  longest_wait_ms: Waited,
  users: Type.Array(AccountUser, { description: 'the busiest whose requests it serves now' }),
  users_left_out: Count,
  sessions: Type.Union([Count, Type.Null()], { description: 'how many sessions it serves now' }),
  error: TextOrNull,
  cooldown_until: TextOrNull,
  cooldown_reason: TextOrNull,
  cooldowns: Type.Array(CooldownInForce),
  windows: Type.Array(
    Type.Object({ name: Type.String(), utilization: Type.Union([Type.Number(), Type.Null()]), resets_at: TextOrNull })
  )
})

const Team = Type.Object({
  id: Type.String(),
  name: Type.String(),
  windows: Type.Array(
    Type.Object({ kind: Type.String(), limit_usd: Type.String(), used_usd: Type.String(), resets_at: Type.String() }),
    { description: 'those with a limit, which has its raises in it; the one of which the largest share is used first' }
  ),
  reserved_usd: Type.String({
    description: 'what requests under way are expected to cost, and what was spent and is not on record yet'
  })
})

const Overview = Type.Object({
  at: Type.String(),
  version: Type.String(),
  phase: Type.Enum(PHASES),
  database: Type.Enum(DATABASE_STATES),
  slots: Type.Enum(SLOTS_STATES),
  replicas: Count,
  journal: Type.Object({ bytes: Count, oldest_age_ms: Type.Union([Type.Number(), Type.Null()]), accepting: Type.Boolean() }),
  in_flight: CountOrNull,
  upstream: CountOrNull,
  waiting: CountOrNull,
  longest_wait_ms: Waited,
  users: Type.Array(User),
  users_left_out: Count,
  accounts: Type.Array(Account),
  teams: Type.Array(Team, { description: 'those with a limit, the tightest first' }),
  teams_left_out: Count,
  paused: Type.Integer({ description: 'how many keys, sessions and agents are paused' }),
  unserved_groups: Type.Array(Type.Object({ name: Type.String(), reason: Type.String() })),
  usage: Type.Union([Type.Array(Usage), Type.Null()])
})
type Overview = Static<typeof Overview>

const Holder = Type.Object({
  user_id: Type.String(),
  user_email: Type.String({ description: 'the ID while the database is away' }),
  session: Type.Union([Type.String(), Type.Null()], {
    description: "the start of the session's hash, as in exchanges; null: the requests say nothing of a session"
  }),
  in_flight: Count,
  since: Type.String({ description: 'when the oldest of these requests began to look for an account' })
})

const SPANS_MS = [60_000, 5 * 60_000]
/** More than fits on a screen. */
const MOST_USERS = 100
/** Who looks each two seconds sees nothing older than that, and many who look ask for little more than one. */
const KEEP_MS = 1000
/** What was used within minutes: it is asked of the database, which costs more than all the rest. */
const KEEP_USAGE_MS = 5000

/** How all goes now, for whoever watches it. What cannot be told now is null. */
const overview: FastifyPluginAsyncTypebox = async (app) => {
  const userNames = createUserNames(app.adminDatabase)
  const shared = shareResult({ clock: app.clock, keepMs: KEEP_MS, work: look })
  const recentUsage = shareResult({
    clock: app.clock,
    keepMs: KEEP_USAGE_MS,
    work: () => sumRecentUsage({ query: app.adminDatabase.queryAtOnce }, app.clock.now(), SPANS_MS)
  })
  // Who has changed something sees it.
  for (const topic of ['accounts', 'directory', 'pauses'] as const) app.bus.subscribe(topic, shared.expire)
  /** Of the response that is shared. */
  const texts = new WeakMap<object, string>()

  app.get(
    '/overview',
    {
      schema: { summary: 'Shows how all goes now', response: { 200: Overview } },
      serializerCompiler: () => textOf
    },
    shared.get
  )

  app.get(
    '/accounts/:id/holders',
    {
      schema: {
        summary: 'Shows whose requests an account serves now',
        params: ID_OR_NAME,
        querystring: PAGED,
        response: { 200: pageOf(Holder) }
      }
    },
    async ({ params: { id } }) => {
      const [held, { accounts }] = await Promise.all([app.slots.holders(id), app.accountStandings()])
      if (!accounts.some((account) => account.id === id)) throw unknownId('account', id)
      const holders = holdersOf(held)
      const nameOf = await userNames.load(holders.map(({ userId }) => userId))
      const data = holders.map(({ userId, session, inFlight, since }) => ({
        user_id: userId,
        user_email: nameOf(userId),
        session,
        in_flight: inFlight,
        since: toTime(since)
      }))
      return { data, next_cursor: null }
    }
  )

  function textOf(value: object): string {
    const text = texts.get(value) ?? JSON.stringify(value)
    texts.set(value, text)
    return text
  }

  async function look(): Promise<Overview> {
    const now = app.clock.now()
    const [slots, usage, { accounts, groups }, { pools, leftOut }] = await Promise.all([
      app.slots.look(MOST_USERS).catch(() => null),
      recentUsage.get().catch(() => null),
      app.accountStandings(),
      app.teamPools()
    ])
    const reserved = await app.reservations.outstanding(
      'team',
      pools.map(({ id }) => id)
    )
    // Last, since it asks the database nothing where what was read above has just told how that is.
    const { phase, database, slots: slotsState, replicas, journal } = await app.condition()
    const shown = slots?.busiest ?? []
    const served = new Map<string, WatchedSlots>()
    const named = shown.map(({ id }) => id)
    for (const slot of slots?.accounts ?? []) {
      served.set(slot.id, slot)
      for (const { id } of slot.users.busiest) named.push(id)
    }
    const nameOf = await userNames.load(named)
    return {
      at: toTime(now),
      version: VERSION,
      phase,
      database,
      slots: slotsState,
      replicas,
      journal: { bytes: journal.bytes, oldest_age_ms: journal.oldestAgeMs, accepting: journal.accepting },
      ...totalsOf(slots, now),
      users: shown.map((slot) => userOnWire(slot, nameOf, now)),
      users_left_out: (slots?.users.count ?? 0) - shown.length,
      accounts: accounts.map((account) =>
        accountOnWire(account, slots === null ? null : (served.get(account.id) ?? IDLE), nameOf, now)
      ),
      teams: pools.toSorted(tightestFirst).map((pool) => teamOnWire(pool, reserved.get(pool.id) ?? 0n)),
      teams_left_out: leftOut,
      paused: app.brakes.pausesInForce(),
      unserved_groups: groups.unserved.map(({ group, reason }) => ({ name: group, reason })),
      usage: usage?.map(usageOnWire) ?? null
    }
  }
}

const UNKNOWN = { in_flight: null, waiting: null, longest_wait_ms: null }

/** An account that nobody uses. */
const IDLE = { inFlight: 0, waiting: 0, waitingSince: null, users: NOBODY }

type NameOf = (id: string) => string

/** By the clocks of two replicas, of which one may be behind. */
const waitedSince = (since: number | null, now: number) => (since === null ? null : Math.max(0, now - since))

/** Who waits for an account's slot holds one of the user's already. */
function totalsOf(slots: SlotsLook | null, now: number) {
  if (slots === null) return { ...UNKNOWN, upstream: null }
  const { users, accounts } = slots
  let [upstream, since] = [0, users.waitingSince]
  for (const { inFlight, waitingSince } of accounts) {
    upstream += inFlight
    since = earlier(since, waitingSince)
  }
  return { in_flight: users.inFlight, upstream, waiting: users.waiting, longest_wait_ms: waitedSince(since, now) }
}

// Rows are many and made at each look: each is written as one object: put together from several it costs more than twice as much.

function userOnWire(
  { id, limit, inFlight, waiting, waitingSince, waitingSessions }: WatchedSlots,
  nameOf: NameOf,
  now: number
) {
  const { waiting_sessions, waiting_sessions_left_out } = waitingSessionsOnWire(waitingSessions)
  return {
    id,
    name: nameOf(id),
    limit,
    in_flight: inFlight,
    waiting,
    longest_wait_ms: waitedSince(waitingSince, now),
    waiting_sessions,
    waiting_sessions_left_out
  }
}

type SlotsOfAccount = Pick<WatchedSlots, 'inFlight' | 'waiting' | 'waitingSince' | 'users'>

/** Null when it cannot be told what it serves. */
function accountOnWire(account: AccountStanding, slots: SlotsOfAccount | null, nameOf: NameOf, now: number) {
  const { id, name, status, schedulable, state, limit, problem, windows } = account
  const there = slots?.users ?? NOBODY
  const cooldowns = account.cooldowns.length === 0 ? [] : account.cooldowns.toSorted((a, b) => b.until - a.until)
  const [longest] = cooldowns
  return {
    id,
    name,
    status,
    schedulable,
    state,
    limit,
    in_flight: slots?.inFlight ?? null,
    waiting: slots?.waiting ?? null,
    longest_wait_ms: waitedSince(slots?.waitingSince ?? null, now),
    users: there.busiest.map((user) => ({
      id: user.id,
      name: nameOf(user.id),
      in_flight: user.inFlight,
      sessions: user.sessions
    })),
    users_left_out: there.count - there.busiest.length,
    sessions: slots === null ? null : there.sessions,
    error: problem,
    cooldown_until: longest === undefined ? null : toTime(longest.until),
    cooldown_reason: longest?.reason ?? null,
    cooldowns: cooldowns.map(cooldownReport),
    windows: windows.map((window) => ({
      name: window.name,
      utilization: window.utilization,
      resets_at: toTimeOrNull(window.resetsAt)
    }))
  }
}

const sharesOf = ({ windows: [tightest] }: PoolStanding) => (tightest === undefined ? 0 : usedShare(tightest))

const tightestFirst = (a: PoolStanding, b: PoolStanding) => sharesOf(b) - sharesOf(a)

const teamOnWire = ({ id, name, windows }: PoolStanding, reservedNano: bigint) => ({
  id,
  name,
  windows: windows.map(({ kind, limitNano, usedNano, endsAt }) => ({
    kind,
    limit_usd: formatUsd(limitNano),
    used_usd: formatUsd(usedNano),
    resets_at: toTime(endsAt)
  })),
  reserved_usd: formatUsd(reservedNano)
})

const usageOnWire = ({ spanMs, costNano, chargedNano, ...counts }: RecentUsage) => ({
  seconds: spanMs / 1000,
  requests: counts.requests,
  errors: counts.errors,
  input_tokens: counts.inputTokens,
  output_tokens: counts.outputTokens,
  cache_creation_tokens: counts.cacheCreationTokens,
  cache_read_tokens: counts.cacheReadTokens,
  cost_usd: formatUsd(costNano),
  charged_usd: formatUsd(chargedNano)
})

export default overview
