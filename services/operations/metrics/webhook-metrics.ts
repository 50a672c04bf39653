import { Counter, Gauge, type Registry } from 'prom-client'
import type { OutboxBacklog } from '../../resources/records/webhook-outbox.ts'

export const WEBHOOK_RESULTS = ['delivered', 'failed', 'given_up'] as const

export interface WebhookMetrics {
  sent: (result: (typeof WEBHOOK_RESULTS)[number]) => void
  /** Null when it could not be told. */
  setBacklog: (backlog: OutboxBacklog | null, now: number) => void
}

/** What becomes of events that a webhook is told of. */
export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry]
  const deliveries = new Counter({
    name: 'sluice_webhook_deliveries_total',
    help: 'Tries to tell the webhook of an event, by what became of them.',
    labelNames: ['result'],
    registers
  })
  const backlog = new Gauge({ name: 'sluice_webhook_backlog', help: 'Events that the webhook has not taken yet.', registers })
  const age = new Gauge({
    name: 'sluice_webhook_backlog_age_seconds',
    help: 'How long the oldest of them has waited.',
    registers
  })
  for (const result of WEBHOOK_RESULTS) deliveries.inc({ result }, 0)

  return {
    sent: (result) => deliveries.inc({ result }),
    setBacklog(read, now) {
      if (read === null) return
      backlog.set(read.items)
      age.set(read.oldestAt === null ? 0 : Math.max(0, now - read.oldestAt) / 1000)
    }
  }
}
