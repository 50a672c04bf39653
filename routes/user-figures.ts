import { Type } from 'typebox'
import type { SlotUsage } from '../services/gateway/slots/slots.ts'
import { formatUsd } from '../services/money/prices/money.ts'
import { spendPeriodsAt, type Spend, type UserSpend as Spent } from '../services/money/records/user-spend.ts'

const SpendOf = Type.Object({
  since: Type.String({ description: 'when the day or the month began (UTC)' }),
  requests: Type.Integer({ description: 'usage events' }),
  cost_usd: Type.String({ description: 'list cost' }),
  charged_usd: Type.String({ description: 'what they were charged for' })
})

export const UserSpend = Type.Object(
  { today: SpendOf, month: SpendOf },
  { description: 'what was used today and this month (UTC)' }
)

export const SlotsInUse = Type.Union(
  [
    Type.Object({
      limit: Type.Integer({ description: '0 = no limit' }),
      in_flight: Type.Integer({ description: 'requests that hold a slot' }),
      waiting: Type.Integer({ description: 'requests that wait for one' })
    }),
    Type.Null()
  ],
  { description: 'the slots in use now; null where nobody can tell' }
)

export function spendOnWire({ today, month }: Spent, now: number) {
  const since = spendPeriodsAt(now)
  const sums = ({ requests, costNano, chargedNano }: Spend, from: number) => ({
    since: new Date(from).toISOString(),
    requests,
    cost_usd: formatUsd(costNano),
    charged_usd: formatUsd(chargedNano)
  })
  return { today: sums(today, since.today), month: sums(month, since.month) }
}

/** The slots of a user; `slots` are those of all, null where nobody can tell. */
export function slotsOnWire(slots: readonly SlotUsage[] | null) {
  const held = new Map(slots?.filter(({ subject }) => subject === 'user').map((slot) => [slot.id, slot]))
  return ({ id, concurrency: limit }: { id: string; concurrency: number }) => {
    if (slots === null) return null
    const { inFlight = 0, waiting = 0 } = held.get(id) ?? {}
    return { limit, in_flight: inFlight, waiting }
  }
}
