import { createExchangeLog, type ExchangeLogger } from '../../gateway/traces/exchange-log.ts'
import type { BillingEligibility } from '../../gateway/eligibility/billing-eligibility.ts'
import { priceAttempt } from '../../money/prices/attempt-price.ts'
import type { PriceTimeline } from '../../money/prices/price-timeline.ts'
import type { Front } from './back-office.ts'

interface FrontOptions {
  prices: Pick<PriceTimeline, 'at'>
  eligibility: Pick<BillingEligibility, 'settled' | 'dropped'>
  log: ExchangeLogger
  webhookSent: Front['webhookSent']
}

/** What a process that serves hears of its back office. */
export function createFront({ prices, eligibility, log, webhookSent }: FrontOptions): Front {
  return {
    price: async (attempts) => attempts.map(({ sent, closed }) => priceAttempt(sent, closed, prices.at(sent.createdAt))),
    settled({ uses, isSettled, ...spending }) {
      if (isSettled) eligibility.settled(uses, spending)
      else eligibility.dropped(uses)
    },
    told: createExchangeLog(log),
    stored() {},
    webhookSent
  }
}
