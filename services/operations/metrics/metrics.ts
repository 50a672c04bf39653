import { collectDefaultMetrics, Registry } from 'prom-client'
import { createBrakeMetrics } from './brake-metrics.ts'
import { createBuildMetrics } from './build-metrics.ts'
import { createClockMetrics } from './clock-metrics.ts'
import { createExchangeMetrics, type ExchangeMetrics } from './exchange-metrics.ts'
import { createGauges, type GaugeReadings } from './gauges.ts'
import { createSignInMetrics } from './sign-in-metrics.ts'
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.ts'

export interface Metrics extends ExchangeMetrics {
  webhook: WebhookMetrics
  /** The machine's clock was set, by so many ms. */
  clockStepped: (byMs: number) => void
  /** A sign-in is used from two networks at once. */
  signInFarApart: () => void
  /** A brake was reached. */
  brakeTripped: (kind: string, action: string) => void
  /** All of them as Prometheus reads them, with the gauges set to what was read. */
  print: (readings: GaugeReadings) => Promise<{ contentType: string; text: string }>
}

/** What a process counts, and Node's own metrics. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  createBuildMetrics(registry)
  const setGauges = createGauges(registry)
  // In the order in which they are printed.
  const clockStepped = createClockMetrics(registry)
  const signInFarApart = createSignInMetrics(registry)
  const brakeTripped = createBrakeMetrics(registry)
  const webhook = createWebhookMetrics(registry)
  return {
    ...createExchangeMetrics(registry),
    webhook,
    clockStepped,
    signInFarApart,
    brakeTripped,
    async print(readings) {
      setGauges(readings)
      return { contentType: registry.contentType, text: await registry.metrics() }
    }
  }
}
