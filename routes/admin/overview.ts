import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AccountStanding } from '../../services/gateway/accounts/standings.ts'
import { formatUsd } from '../../services/money/prices/money.ts'
import { sumRecentUsage, type RecentUsage } from '../../services/money/records/recent-usage.ts'
import { listUserEmails } from '../../services/resources/users/users.ts'
import type { SlotUsage } from '../../services/gateway/slots/slots.ts'
import { VERSION } from '../../services/platform/version.ts'
import { TextOrNull, USAGE_COUNTS } from './schemas.ts'

const Count = Type.Integer()
const CountOrNull = Type.Union([Count, Type.Null()])

const Usage = Type.Object({
  seconds: Count,
  ...USAGE_COUNTS,
  cost_usd: Type.String(),
  charged_usd: Type.String()
})

const Overview = Type.Object({
  at: Type.String(),
  version: Type.String(),
  phase: Type.String(),
  database: Type.String(),
  slots: Type.String(),
  replicas: Count,
  journal: Type.Object({ bytes: Count, oldest_age_ms: Type.Union([Type.Number(), Type.Null()]), accepting: Type.Boolean() }),
  in_flight: CountOrNull,
  upstream: CountOrNull,
  waiting: CountOrNull,
  users: Type.Array(Type.Object({ name: Type.String(), limit: Count, in_flight: Count, waiting: Count })),
  users_left_out: Count,
  accounts: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.String(),
      limit: Count,
      in_flight: CountOrNull,
      waiting: CountOrNull,
      error: TextOrNull,
      cooldown_until: TextOrNull,
      cooldown_reason: TextOrNull,
      windows: Type.Array(
        Type.Object({ name: Type.String(), utilization: Type.Union([Type.Number(), Type.Null()]), resets_at: TextOrNull })
      )
    })
  ),
  unserved_groups: Type.Array(Type.Object({ name: Type.String(), reason: Type.String() })),
  usage: Type.Union([Type.Array(Usage), Type.Null()])
})

const SPANS_MS = [60_000, 5 * 60_000]
/** More than fits on a screen. */
const MOST_USERS = 100

/** `GET /overview`: how all goes now, in one answer, for whoever watches it. What cannot be told now is null. */
const overview: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/overview', { schema: { summary: 'Shows how all goes now', response: { 200: Overview } } }, async () => {
    const now = app.clock.now()
    const [condition, slots, usage, { accounts, groups }] = await Promise.all([
      app.condition(),
      app.slots.usage().catch(() => null),
      sumRecentUsage(app.adminDatabase, now, SPANS_MS).catch(() => null),
      app.accountStandings()
    ])
    const { phase, database, slots: slotsState, replicas, journal } = condition
    const users = (slots ?? []).filter(({ subject }) => subject === 'user').toSorted(busiestFirst)
    const shown = users.slice(0, MOST_USERS)
    const emails = await emailsOf(shown)
    return {
      at: toTime(now),
      version: VERSION,
      phase,
      database,
      slots: slotsState,
      replicas,
      journal: { bytes: journal.bytes, oldest_age_ms: journal.oldestAgeMs, accepting: journal.accepting },
      ...totalsOf(slots),
      users: shown.map((slot) => ({ name: emails.get(slot.id) ?? slot.id, limit: slot.limit, ...heldBy(slot) })),
      users_left_out: users.length - shown.length,
      accounts: accounts.map((account) => accountOnWire(account, slots)),
      unserved_groups: groups.unserved.map(({ group, reason }) => ({ name: group, reason })),
      usage: usage?.map(usageOnWire) ?? null
    }
  })

  /** With the database away they go by their ids. */
  async function emailsOf(users: readonly SlotUsage[]): Promise<Map<string, string>> {
    if (users.length === 0) return new Map()
    const rows = await listUserEmails(
      app.adminDatabase,
      users.map(({ id }) => id)
    ).catch(() => [])
    return new Map(rows.map(({ id, email }) => [id, email]))
  }
}

const toTime = (at: number) => new Date(at).toISOString()

const busiestFirst = (a: SlotUsage, b: SlotUsage) => b.waiting - a.waiting || b.inFlight - a.inFlight

const heldBy = (slot: SlotUsage | undefined) => ({ in_flight: slot?.inFlight ?? 0, waiting: slot?.waiting ?? 0 })

/** Who waits for an account's slot holds one of the user's already. */
function totalsOf(slots: readonly SlotUsage[] | null) {
  if (slots === null) return { in_flight: null, upstream: null, waiting: null }
  const totals = { in_flight: 0, upstream: 0, waiting: 0 }
  for (const { subject, inFlight, waiting } of slots) {
    if (subject === 'account') totals.upstream += inFlight
    else {
      totals.in_flight += inFlight
      totals.waiting += waiting
    }
  }
  return totals
}

function accountOnWire(
  { id, name, state, limit, problem, cooldowns, windows }: AccountStanding,
  slots: readonly SlotUsage[] | null
) {
  const held = slots?.find((slot) => slot.subject === 'account' && slot.id === id)
  const longest = cooldowns.toSorted((a, b) => b.until - a.until)[0]
  return {
    name,
    state,
    limit,
    ...(slots === null ? { in_flight: null, waiting: null } : heldBy(held)),
    error: problem,
    cooldown_until: longest === undefined ? null : toTime(longest.until),
    cooldown_reason: longest?.reason ?? null,
    windows: windows.map(({ name: window, utilization, resetsAt }) => ({
      name: window,
      utilization,
      resets_at: resetsAt === null ? null : toTime(resetsAt)
    }))
  }
}

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
