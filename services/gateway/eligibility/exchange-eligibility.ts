import { windowAt } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { formatUsd } from '../../money/prices/money.ts'
import type { Clock } from '../../platform/clock.ts'
import { problemOfSubscription } from '../../resources/records/subscriptions.ts'
import type { Exchange } from '../request/exchange.ts'
import { capHeaders, spendCapsOf } from './spend-caps.ts'
import { isLimited, type BillingEligibility } from './billing-eligibility.ts'

/** Looks whether an exchange's client may spend, names what pays, and notes for the operator what was looked at. Throws 403 or 429. */
export function createExchangeEligibility({
  eligibility,
  clock
}: {
  eligibility: BillingEligibility
  clock: Pick<Clock, 'now'>
}) {
  async function check(exchange: Exchange): Promise<void> {
    try {
      exchange.subscription = await eligibility.check(exchange.client)
      noteLimits(exchange, 'passed')
    } catch (error) {
      noteLimits(exchange, 'refused')
      throw error
    }
    if (isLimited(exchange.client.key.limits)) await checkKey(exchange)
    tellCaps(exchange)
  }

  /** Only what is signed in shows them, and elsewhere they would be taken for the upstream's. */
  function tellCaps({ client, kind, subscription, stream }: Exchange): void {
    if (kind !== 'messages' || client.token === null || client.token.signInId === null) return
    stream.headersOfSuccess = capHeaders(spendCapsOf(client, subscription, eligibility, clock.now()))
  }

  async function checkKey(exchange: Exchange): Promise<void> {
    try {
      await eligibility.checkKey(exchange.client)
    } finally {
      noteKeyLimits(exchange)
    }
  }

  function noteKeyLimits({ client, trace }: Exchange): void {
    const { windows, totalNano } = eligibility.spendingOf(client)
    const policy = windowPolicyOf(client.group)
    const states = windows.map((window) => windowAt(window, policy, clock.now()))
    for (const { kind, usedNano } of [...states, { kind: 'total' as const, usedNano: totalNano }]) {
      const limitNano = client.key.limits[kind]
      if (limitNano === null) continue
      const outcome = usedNano >= limitNano ? 'refused' : 'passed'
      trace.limit({ name: `key_${kind}`, outcome, used: formatUsd(usedNano), limit: formatUsd(limitNano) })
    }
  }

  /** For the operator: what was looked at, and how it stood. */
  function noteLimits({ client, subscription, trace }: Exchange, outcome: 'passed' | 'refused'): void {
    const { group } = client
    if (group.kind === 'balance') {
      trace.limit({ name: 'balance', outcome, detail: `${formatUsd(eligibility.balanceOf(client))} USD left` })
      return
    }
    const paying = subscription ?? client.subscription
    const standing = paying === null ? 'none' : (problemOfSubscription(paying, clock.now()) ?? 'active')
    trace.limit({ name: 'subscription', outcome, detail: standing })
    const windows = paying === null ? [] : eligibility.windowsOf(paying, windowPolicyOf(group))
    for (const { kind, usedNano } of windows) {
      const limitNano = group.limits[kind]
      if (limitNano === null) continue
      const isUsedUp = usedNano >= limitNano
      const window = { used: formatUsd(usedNano), limit: formatUsd(limitNano) }
      trace.limit({ name: `${kind}_window`, outcome: isUsedUp ? 'refused' : 'passed', ...window })
    }
  }

  return check
}
