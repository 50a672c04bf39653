import { priceAttempt } from '../../services/money/prices/attempt-price.ts'
import { formatUsd, parseUsd } from '../../services/money/prices/money.ts'
import type { PriceTimeline } from '../../services/money/prices/price-timeline.ts'
import type { ClosedAttempt } from '../../services/money/usage/attempt-records.ts'
import type { Connectable } from '../../services/platform/database/queryable.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import type { SeededRandom } from '../../simulator/seeded-random.ts'
import { lastDays, usageOfDay, type MemberIds } from './made-up-usage.ts'
import { COOLED, SEAT, type Member } from './team.ts'

/** Asks the admin API for a change. Rejects where it refuses. */
export type Admin = (method: 'POST' | 'PATCH', path: string, body: object, headers?: Record<string, string>) => Promise<unknown>

export interface HistoryOptions {
  db: Connectable
  admin: Admin
  prices: PriceTimeline
  team: readonly Member[]
  random: SeededRandom
  /** Epoch milliseconds. */
  now: number
  days: number
}

const LOW_NANO = parseUsd('8')
const TOP_UP_USD = '25'
/** The last of it is a few minutes old, so that what is seen to happen is what happens. */
const QUIET_MS = 4 * 60_000

/**
 * Puts made-up usage of the last days on record as the settling of it would have: events, entries of the ledger, windows and roll-ups agree.
 * Whose balance gets low is topped up, and the machine’s key gets a limit that is nearly used.
 */
export async function fillHistory(options: HistoryOptions): Promise<void> {
  const { db, admin, prices, team, random, now, days } = options
  const members = await idsOf(db, team)
  for (const day of lastDays(now, days)) {
    const attempts = members.flatMap(({ member, ids }) => usageOfDay(member, ids, random, day, now - QUIET_MS))
    const { balances } = await settleAttempts(db, attempts.map(priced))
    for (const { member, ids } of members) {
      if ((balances.get(ids.userId) ?? LOW_NANO) < LOW_NANO) await topUp(member, day)
    }
  }
  await backdate(db)
  await limitMachine()

  function priced(attempt: ClosedAttempt) {
    const { sent, closed } = attempt
    const { lines: _, ...charge } = priceAttempt(sent, closed, prices.at(sent.createdAt))
    return { ...attempt, ...charge }
  }

  async function topUp({ email }: Member, day: number): Promise<void> {
    const at = new Date(Math.min(day + 20 * 60 * 60_000, now - QUIET_MS))
    const path = `/users/${encodeURIComponent(email)}/balance-adjustments`
    const body = { amount_usd: TOP_UP_USD, kind: 'top-up', note: 'monthly budget' }
    const entry = (await admin('POST', path, body, { 'idempotency-key': `demo ${email} ${day}` })) as { id: string }
    await db.query('update ledger_entries set created_at = $2 where id = $1', [entry.id, at])
  }

  async function limitMachine(): Promise<void> {
    const machine = members.find(({ member }) => member.group === 'batch')
    if (machine === undefined) return
    const { rows } = await db.query<{ used: string }>('select month_used_usd as used from api_keys where id = $1', [
      machine.ids.keyId
    ])
    const monthly = formatUsd((parseUsd(rows[0]?.used ?? '0') * 108n) / 100n + parseUsd('0.05'))
    await admin('PATCH', `/keys/${machine.ids.keyId}`, { spend_limits: { monthly } })
  }
}

type IdsRow = Omit<MemberIds, 'accountIds'> & { email: string; group: string }

async function idsOf(db: Connectable, team: readonly Member[]) {
  const { rows } = await db.query<IdsRow>(
    `select u.email, g.name as "group", u.id as "userId", k.id as "keyId", g.id as "groupId", s.id as "subscriptionId",
       trim_scale(g.rate_multiplier)::text as "rateMultiplier"
     from users u join api_keys k on k.user_id = u.id join groups g on g.id = k.group_id
     left join subscriptions s on s.user_id = u.id and s.group_id = g.id
     where u.email = any($1::text[])`,
    [team.map(({ email }) => email)]
  )
  const accounts = await db.query<{ name: string; id: string }>('select name, id from accounts')
  const accountIdOf = (name: string) => accounts.rows.find((row) => row.name === name)?.id ?? '0'
  return team.flatMap((member) => {
    const row = rows.find(({ email, group }) => email === member.email && group === member.group)
    if (row === undefined) return []
    const [first, ...others] = accountsOf(member).map(accountIdOf)
    return first === undefined ? [] : [{ member, ids: { ...row, accountIds: [first, ...others] } satisfies MemberIds }]
  })
}

function accountsOf({ email, group }: Member): string[] {
  if (email === 'ada@example.com') return [SEAT.name, SEAT.name, 'main']
  if (email === 'dario@example.com') return [COOLED.name, COOLED.name, COOLED.name, 'main']
  return group === 'pro' ? ['main'] : ['main', 'main', 'main', 'second']
}

/** What was settled just now is on record with the time at which it would have been. */
async function backdate(db: Connectable): Promise<void> {
  await db.query(`update usage_events set settled_at = created_at + (duration_ms + 1000) * interval '1 millisecond'`)
  await db.query(
    `update ledger_entries l set created_at = e.settled_at from usage_events e where l.kind = 'usage' and l.source_id = e.id`
  )
}
