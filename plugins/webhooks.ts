import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { BudgetAlert } from '../services/records/budget-alerts.ts'
import { readOutboxBacklog, type OutboxBacklog } from '../services/records/webhook-outbox.ts'
import { createWebhookDelivery, type WebhookResult } from '../services/webhooks/webhook-delivery.ts'
import { createWebhookSender } from '../services/webhooks/webhook-sender.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether anybody is to be told of usage and budgets. */
    hasWebhook: boolean
    /** Something new is in the outbox, and these budgets have reached a threshold. */
    toldOutbox: (alerts: readonly BudgetAlert[]) => void
    /** What waits to be told; null when there is no webhook, or the database cannot be asked. */
    webhookBacklog: () => Promise<OutboxBacklog | null>
  }
}

export interface WebhooksOptions {
  /** False only fills the outbox, for others to deliver. */
  serves: boolean
  /** From 0 to 1, as Math.random. */
  random?: () => number
}

async function webhooks(app: FastifyInstance, { serves, random = Math.random }: WebhooksOptions) {
  const { config, clock, pg } = app
  const { webhookUrl: url, webhookSecrets: secrets } = config
  app.decorate('hasWebhook', url !== null)
  if (url === null || secrets === null || !serves) {
    app.decorate('toldOutbox', () => {})
    app.decorate('webhookBacklog', async () => null)
    return
  }
  const log = app.log.child({ part: 'webhooks' })

  function onResult(result: WebhookResult): void {
    if (result.kind === 'fault') {
      log.warn({ err: result.error }, 'the outbox of the webhook cannot be read; trying again')
      return
    }
    app.webhookMetrics.sent(result.kind)
    if (result.kind === 'failed') log.warn(result, 'the webhook has not taken an event; trying again')
    if (result.kind === 'given_up') log.error(result, 'the webhook has not taken an event for WEBHOOK_KEEP_MS: it is given up')
  }

  const delivery = createWebhookDelivery({
    db: pg.pool,
    sender: createWebhookSender({ url, timeoutMs: config.webhookTimeoutMs }),
    secrets,
    clock,
    random,
    intervalMs: config.webhookIntervalMs,
    timeoutMs: config.webhookTimeoutMs,
    retryMinMs: config.webhookRetryMinMs,
    retryMaxMs: config.webhookRetryMaxMs,
    keepMs: config.webhookKeepMs,
    onResult
  })
  app.decorate('toldOutbox', (alerts: readonly BudgetAlert[]) => {
    for (const { budget, userEmail, keyName, group, period, percent } of alerts) {
      log.info({ budget, user: userEmail, key: keyName, group, period, percent }, 'a budget has reached a threshold')
    }
    delivery.wake()
  })
  app.decorate('webhookBacklog', () => readOutboxBacklog(pg.pool).catch(() => null))
  app.addHook('onReady', async () => delivery.start())
  app.addHook('onClose', () => delivery.close())
}

export default fp(webhooks, { name: 'webhooks', fastify: '5.x', dependencies: ['config', 'database', 'metrics'] })
