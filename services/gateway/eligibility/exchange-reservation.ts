import { formatUsd } from '../../money/prices/money.ts'
import type { PriceTimeline } from '../../money/prices/price-timeline.ts'
import { chargedOf, estimateCost } from '../../money/prices/request-estimate.ts'
import type { Clock } from '../../platform/clock.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import type { Exchange } from '../request/exchange.ts'
import type { RecentCosts } from './recent-costs.ts'
import type { Charge } from './request-budgets.ts'
import type { SpendReservation, SpendReservations } from './spend-reservations.ts'

interface ExchangeReservationOptions {
  reservations: Pick<SpendReservations, 'reserve'>
  recentCosts: Pick<RecentCosts, 'of'>
  prices: Pick<PriceTimeline, 'current'>
  clock: Pick<Clock, 'now'>
}

/**
 * Keeps free what an exchange is expected to cost, until an attempt's cost is known or the exchange ends; for a further attempt again.
 * To be called right before anything is sent: what waits in a queue keeps nothing from others. Rejects with what the client is told.
 */
export function createExchangeReservation({ reservations, recentCosts, prices, clock }: ExchangeReservationOptions) {
  function estimateOf({ client, request }: Exchange): Charge {
    const { model, jsonBytes: bodyBytes, maxTokens, speed, thread } = request
    const { price } = prices.current().find(model, clock.now())
    const size = { bodyBytes, maxTokens, speed, isThread: thread !== null }
    const costNano = estimateCost(price, size, recentCosts.of(client.key.id, model))
    return { costNano, chargedNano: chargedOf(costNano, client.group.rateMultiplier) }
  }

  function note({ trace }: Exchange, { tightest }: SpendReservation): void {
    if (tightest === null) return
    const { kind, leftNano, outstandingNano, reservedNano } = tightest
    trace.limit({
      name: 'reservation',
      outcome: 'passed',
      used: formatUsd(reservedNano),
      limit: formatUsd(leftNano),
      detail: `${kind}; ${formatUsd(outstandingNano)} USD reserved or not settled before it`
    })
  }

  return async (exchange: Exchange): Promise<void> => {
    if (exchange.reservation !== null) return
    const { client, subscription, trace } = exchange
    try {
      const reservation = await reservations.reserve(client, subscription, estimateOf(exchange))
      exchange.reservation = reservation
      exchange.hold(async () => reservation.release())
      note(exchange, reservation)
    } catch (error) {
      if (error instanceof GatewayError) trace.limit({ name: 'reservation', outcome: 'refused', detail: error.message })
      throw error
    }
  }
}
