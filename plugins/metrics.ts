import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createMetrics, type Metrics } from '../services/operations/metrics/metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics
  }
}

async function metrics(app: FastifyInstance) {
  app.decorate('metrics', createMetrics())
}

export default fp(metrics, { name: 'metrics', fastify: '5.x' })
