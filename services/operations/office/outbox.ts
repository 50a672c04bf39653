import type { Clock } from '../../platform/clock.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import type { WEBHOOK_RESULTS } from '../metrics/webhook-metrics.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { createWebhookDelivery, type WebhookDelivery, type WebhookResult } from '../webhooks/webhook-delivery.ts'
import { createWebhookSender } from '../webhooks/webhook-sender.ts'

export type SentWebhook = (typeof WEBHOOK_RESULTS)[number]

/** Where events of usage and budgets go, and how often it is tried; it crosses to another thread. */
export interface WebhookSettings {
  url: string
  secrets: readonly Uint8Array[]
  timeoutMs: number
  intervalMs: number
  retryMinMs: number
  retryMaxMs: number
  keepMs: number
}

interface OutboxOptions {
  settings: WebhookSettings
  db: Queryable
  clock: Clock
  /** From 0 to 1, as Math.random. */
  random: () => number
  onSent: (result: SentWebhook) => void
  log: JournalLog
}

/** The delivery of what settlement has put in the outbox, as the operator has set it. */
export function createOutbox({ settings, onSent, log, ...tools }: OutboxOptions): WebhookDelivery {
  function onResult(result: WebhookResult): void {
    if (result.kind === 'fault') {
      log.warn({ err: result.error }, 'the webhook outbox cannot be read; trying again')
      return
    }
    onSent(result.kind)
    if (result.kind === 'failed') log.warn(result, 'the webhook receiver did not accept an event; trying again')
    if (result.kind === 'given_up')
      log.error(result, 'the webhook receiver has not accepted an event for WEBHOOK_KEEP_MS: the event is dropped')
  }

  return createWebhookDelivery({
    ...settings,
    ...tools,
    sender: createWebhookSender(settings),
    secrets: settings.secrets.map((secret) => Buffer.from(secret)),
    onResult
  })
}
