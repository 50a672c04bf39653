import { Gauge, Histogram, type Registry } from 'prom-client'
import { NANO_PER_USD } from '../../money/prices/money.ts'
import type { PricedUsage } from '../../money/prices/pricing.ts'
import { EXCHANGE_KINDS, type AttemptOutcome, type ExchangeKind, type RequestOutcome } from '../../gateway/request/outcomes.ts'
import type { EndedExchange } from '../../gateway/request/exchange-runner.ts'
import { createTally } from './tally.ts'

/** What exchanges tell of themselves. Each is told once, when it is over, so that a stream costs nothing on its way. */
export interface ExchangeMetrics {
  began: (kind: ExchangeKind) => void
  ended: (exchange: EndedExchange) => void
  /** Refused before it was an exchange's turn to be answered. */
  refused: (kind: ExchangeKind, outcome: RequestOutcome) => void
  attempted: (account: string, outcome: AttemptOutcome) => void
  /** What an attempt used; `labelOf` names a model. */
  used: (priced: PricedUsage, labelOf: (model: string | null) => string) => void
}

const FIRST_BYTE_BUCKETS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]
const GAP_BUCKETS_S = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25]
const QUEUE_BUCKETS_S = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60]

const TOKEN_TYPES = {
  input: 'input',
  output: 'output',
  cacheWrite5m: 'cache_write_5m',
  cacheWrite1h: 'cache_write_1h',
  cacheRead: 'cache_read',
  webSearch: null
} as const

export function createExchangeMetrics(registry: Registry): ExchangeMetrics {
  const registers = [registry]
  const counter = (name: string, help: string, ...labelNames: [first?: string, second?: string]) =>
    createTally({ registry, name, help, labelNames })
  const requests = counter('sluice_requests_total', 'Requests by how they ended for the client.', 'kind', 'outcome')
  const liveOf = new Map<ExchangeKind, number>(EXCHANGE_KINDS.map((kind) => [kind, 0]))
  const changeLive = (kind: ExchangeKind, by: number) => liveOf.set(kind, (liveOf.get(kind) ?? 0) + by)
  const live = new Gauge({
    name: 'sluice_requests_live',
    help: 'Requests waiting for a slot or being answered now.',
    labelNames: ['kind'],
    registers: [],
    collect() {
      for (const [kind, count] of liveOf) this.set({ kind }, count)
    }
  })
  registry.registerMetric(live)
  const queueWait = new Histogram({
    name: 'sluice_queue_wait_seconds',
    help: 'How long requests that had to wait for a slot waited.',
    labelNames: ['subject', 'outcome'],
    buckets: QUEUE_BUCKETS_S,
    registers
  })
  const firstByte = new Histogram({
    name: 'sluice_first_byte_added_seconds',
    help: 'What Sluice itself added to the time to the first byte of a response.',
    labelNames: ['kind'],
    buckets: FIRST_BYTE_BUCKETS_S,
    registers
  })
  const longestGap = new Histogram({
    name: 'sluice_stream_gap_added_seconds',
    help: 'The longest time that Sluice held a piece of a stream, one value a stream.',
    buckets: GAP_BUCKETS_S,
    registers
  })
  const chunks = counter('sluice_stream_chunks_total', 'Pieces of streams passed on.')
  const relaySeconds = counter('sluice_stream_relay_seconds_total', 'How long pieces of streams were held, summed.')
  const attempts = counter('sluice_upstream_attempts_total', 'Calls upstream by account and result.', 'account', 'result')
  const tokens = counter('sluice_tokens_total', 'Tokens used by model and type.', 'model', 'type')
  const cost = counter('sluice_cost_usd_total', 'Cost at list prices by model.', 'model')
  const charged = counter(
    'sluice_charged_usd_total',
    'Cost charged to users, after the multipliers of their groups, by model.',
    'model'
  )

  return {
    began(kind) {
      changeLive(kind, 1)
    },

    ended({ kind, outcome, waits, queueMs, ownTime }) {
      changeLive(kind, -1)
      requests.add(1, kind, outcome)
      for (const wait of waits) queueWait.observe({ subject: wait.for, outcome: wait.outcome }, wait.ms / 1000)
      if (ownTime.firstByteMs !== null) firstByte.observe({ kind }, Math.max(0, ownTime.firstByteMs - queueMs) / 1000)
      if (ownTime.relayedChunks === 0) return
      longestGap.observe(ownTime.longestGapMs / 1000)
      chunks.add(ownTime.relayedChunks)
      relaySeconds.add(ownTime.relayMs / 1000)
    },

    refused: (kind, outcome) => requests.add(1, kind, outcome),

    attempted: (account, result) => attempts.add(1, account, result),

    used({ lines, costNano, chargedNano }, labelOf) {
      const main = lines.find(({ model }) => model !== null)?.model ?? null
      const total = lines.reduce((sum, { exact }) => sum + Number(exact), 0)
      const exactOf = new Map<string, number>()
      for (const { model, category, quantity, exact } of lines) {
        const label = labelOf(model ?? main)
        const type = TOKEN_TYPES[category]
        if (type !== null) tokens.add(quantity, label, type)
        exactOf.set(label, (exactOf.get(label) ?? 0) + Number(exact))
      }
      if (total === 0) return
      // Of each model its share: iterations of one attempt may be of several.
      for (const [model, exact] of exactOf) {
        cost.add((exact / total) * usd(costNano), model)
        charged.add((exact / total) * usd(chargedNano), model)
      }
    }
  }
}

/** Near enough for a graph; the ledger counts exactly. */
const usd = (nano: bigint) => Number(nano) / Number(NANO_PER_USD)
