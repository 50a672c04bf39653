import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { createBuildMetrics } from '../services/operations/metrics/build-metrics.ts'
import { createClockMetrics } from '../services/operations/metrics/clock-metrics.ts'
import { createExchangeMetrics, type ExchangeMetrics } from '../services/operations/metrics/exchange-metrics.ts'
import { createWebhookMetrics, type WebhookMetrics } from '../services/operations/metrics/webhook-metrics.ts'
import { createGauges, type GaugeReadings } from '../services/operations/metrics/gauges.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts what exchanges tell of themselves. */
    metrics: ExchangeMetrics
    /** Notes that the machine's clock was set, by so many ms. */
    countClockStep: (byMs: number) => void
    /** Counts what becomes of events that a webhook is told of. */
    webhookMetrics: WebhookMetrics
    /** All metrics as Prometheus reads them, with the gauges set to what was read. */
    printMetrics: (readings: GaugeReadings) => Promise<{ contentType: string; text: string }>
  }
}

async function metrics(app: FastifyInstance) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  createBuildMetrics(registry)
  const setGauges = createGauges(registry)

  app.decorate('countClockStep', createClockMetrics(registry))
  app.decorate('webhookMetrics', createWebhookMetrics(registry))
  app.decorate('metrics', createExchangeMetrics(registry))
  app.decorate('printMetrics', async (readings: GaugeReadings) => {
    setGauges(readings)
    return { contentType: registry.contentType, text: await registry.metrics() }
  })
}

export default fp(metrics, { name: 'metrics', fastify: '5.x' })
