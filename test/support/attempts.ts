import type { ClosedRecord, SentRecord } from '../../services/money/usage/attempt-records.ts'
import type { PricedAttempt } from '../../services/resources/records/settlement.ts'
import { NO_USAGE } from '../../services/money/usage/usage-facts.ts'

interface Changes {
  sent?: Partial<SentRecord>
  closed?: Partial<ClosedRecord>
  costNano?: bigint
  chargedNano?: bigint
}

/** A completed attempt of one wallet request that cost a dollar, unless told otherwise. */
export function pricedAttempt(
  id: string,
  { sent, closed, costNano = 1_000_000_000n, chargedNano = costNano }: Changes = {}
): PricedAttempt {
  return {
    sent: {
      type: 'sent',
      id,
      exchangeId: id.replace(/\.\d+$/, ''),
      attempt: 1,
      createdAt: Date.UTC(2026, 10, 23, 12),
      userId: '1',
      keyId: '1',
      groupId: '1',
      subscriptionId: null,
      accountId: '1',
      requestedModel: 'claude-opus-5-5',
      upstreamModel: 'claude-opus-5-5',
      stream: true,
      rateMultiplier: '1',
      queueMs: 0,
      ...sent
    },
    closed: {
      type: 'closed',
      id,
      outcome: 'completed',
      basis: 'final',
      status: 200,
      model: 'claude-opus-5-5',
      usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 5 },
      upstreamRequestId: 'req_1',
      firstByteMs: 100,
      durationMs: 1000,
      ...closed
    },
    costNano,
    chargedNano,
    priceVersion: 'v1',
    priceUnknown: false
  }
}
