import { formatUsd } from '../../money/prices/money.ts'
import type { Clock } from '../../platform/clock.ts'
import { problemOfSubscription } from '../../resources/records/subscriptions.ts'
import type { Exchange } from '../request/exchange.ts'
import type { BillingEligibility } from './billing-eligibility.ts'
import type { BudgetLimit, RequestBudget } from './request-budgets.ts'
import { capHeaders, spendCapsOf } from './spend-caps.ts'

/** What a limit is called where it is told what was looked at. */
const nameOf = ({ of, period }: BudgetLimit) => (of === 'subscription' ? `${period}_window` : `${of}_${period}`)

/** Looks whether an exchange's client may spend, names what pays, and notes for the operator what was looked at. Throws 403 or 429. */
export function createExchangeEligibility({
  eligibility,
  clock
}: {
  eligibility: Pick<BillingEligibility, 'decide' | 'budgetsOf'>
  clock: Pick<Clock, 'now'>
}) {
  async function check(exchange: Exchange): Promise<void> {
    const { budgets, subscription, refusal } = await decide(exchange)
    exchange.subscription = subscription
    noteLimits(exchange, budgets)
    if (refusal !== null) throw refusal
    tellCaps(exchange, budgets)
  }

  async function decide(exchange: Exchange) {
    try {
      return await eligibility.decide(exchange.client)
    } catch (error) {
      noteLimits(
        exchange,
        Object.values(eligibility.budgetsOf(exchange.client)).filter((budget) => budget !== null)
      )
      throw error
    }
  }

  /** Only what is signed in shows them, and elsewhere they would be taken for the upstream's. */
  function tellCaps({ client, kind, stream }: Exchange, budgets: readonly RequestBudget[]): void {
    if (kind !== 'messages' || client.token === null || client.token.signInId === null) return
    stream.headersOfSuccess = capHeaders(spendCapsOf(budgets))
  }

  /** For the operator: what was looked at, and how it stood. */
  function noteLimits(exchange: Exchange, budgets: readonly RequestBudget[]): void {
    for (const budget of budgets) {
      const { kind, balanceNano, refusal } = budget
      const outcome = refusal === null ? 'passed' : 'refused'
      if (balanceNano !== null) exchange.trace.limit({ name: 'balance', outcome, detail: `${formatUsd(balanceNano)} USD left` })
      if (kind === 'subscription') exchange.trace.limit({ name: kind, outcome, detail: standingOf(exchange) })
      if (kind === 'team' && exchange.client.team !== null)
        exchange.trace.limit({ name: kind, outcome, detail: exchange.client.team.name })
      notePeriods(exchange, budget)
    }
  }

  function standingOf({ client, subscription }: Exchange): string {
    const paying = subscription ?? client.subscription
    return paying === null ? 'none' : (problemOfSubscription(paying, clock.now()) ?? 'active')
  }

  function notePeriods({ trace }: Exchange, { leftNano, limits }: RequestBudget): void {
    if (leftNano === null) return
    for (const limit of limits()) {
      const { usedNano, limitNano, isUsedUp } = limit
      if (limitNano === null) continue
      const outcome = isUsedUp ? 'refused' : 'passed'
      trace.limit({ name: nameOf(limit), outcome, used: formatUsd(usedNano), limit: formatUsd(limitNano) })
    }
  }

  return check
}
