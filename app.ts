import { randomUUID } from 'node:crypto'
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import accountCredentials from './plugins/account-credentials.ts'
import accountSelection from './plugins/account-selection.ts'
import accounts from './plugins/accounts.ts'
import adminAuthentication from './plugins/admin-authentication.ts'
import audit from './plugins/audit.ts'
import authentication from './plugins/authentication.ts'
import billingEligibility from './plugins/billing-eligibility.ts'
import bus from './plugins/bus.ts'
import concurrencySlots from './plugins/concurrency-slots.ts'
import config from './plugins/config.ts'
import dataDir from './plugins/data-dir.ts'
import database from './plugins/database.ts'
import declaredState from './plugins/declared-state.ts'
import envelope from './plugins/envelope.ts'
import errors, { answerClientError } from './plugins/errors.ts'
import exchangeTraces from './plugins/exchange-traces.ts'
import exchanges from './plugins/exchanges.ts'
import headerProfiles from './plugins/header-profiles.ts'
import lifecycle from './plugins/lifecycle.ts'
import maintenance from './plugins/maintenance.ts'
import prices from './plugins/prices.ts'
import secrets from './plugins/secrets.ts'
import soleInstance from './plugins/sole-instance.ts'
import upstreamForwarding from './plugins/upstream-forwarding.ts'
import upstreamPools from './plugins/upstream-pools.ts'
import usageRecording from './plugins/usage-recording.ts'
import admin from './routes/admin/index.ts'
import health from './routes/health.ts'
import probes from './routes/probes.ts'
import countTokens from './routes/v1/count-tokens.ts'
import messages from './routes/v1/messages.ts'
import models from './routes/v1/models.ts'
import usage from './routes/v1/usage.ts'
import { systemClock, type Clock } from './services/clock.ts'
import { MAX_BODY_BYTES } from './services/request/envelope.ts'
import type { Settings } from './services/set-up/settings.ts'

export interface AppOptions {
  settings: Settings
  logger: FastifyBaseLogger
  clock?: Clock
  /** Something without which nothing can go on has ended, and the process should. */
  onFatal?: (error: Error) => void
  /** Where keys that were just made are shown; nowhere by default. */
  showKey?: (message: string) => void
}

/** How often the HTTP server looks for requests that take too long; Node's default at the most. */
const checkIntervalOf = (bodyTimeoutMs: number) => Math.min(30_000, Math.max(50, Math.floor(bodyTimeoutMs / 4)))

/** A number of hops, which Fastify's types leave out, as the function that its code makes of it. */
const trustOf = (trust: Settings['trustProxy']) =>
  typeof trust === 'number' ? (_address: string, hop: number) => hop < trust : trust

function raise(error: Error): never {
  throw error
}

/** The whole gateway, ready to listen: ground plugins, then one plugin a step of a request, then the routes. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { settings, logger, clock = systemClock, onFatal = raise, showKey = () => {} } = options
  const app = fastify({
    loggerInstance: logger,
    // One line an exchange is written by the exchange itself.
    logController: new LogController({ disableRequestLogging: true }),
    // Lines name their exchange themselves: a child logger for each request would be made for nothing.
    childLoggerFactory: (parent) => parent,
    genReqId: () => randomUUID(),
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: trustOf(settings.trustProxy),
    requestTimeout: settings.bodyTimeoutMs,
    http: {
      connectionsCheckingInterval: checkIntervalOf(settings.bodyTimeoutMs),
      // Node takes the longer of the two for the whole request.
      headersTimeout: Math.min(60_000, settings.bodyTimeoutMs)
    },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, randomUUID()),
    // The lifecycle plugin refuses by itself, in the API's shape; when it has drained, what is left is idle.
    return503OnClosing: false,
    // It bounds preClose hooks too, and would cut the streams of a drain after ten seconds; each wait here has its own bound.
    pluginTimeout: 0,
    forceCloseConnections: true
  })

  await app.register(config, { settings, clock })
  await app.register(errors)
  await app.register(lifecycle)
  await app.register(database, {
    databaseUrl: settings.databaseUrl,
    dataDir: settings.dataDir,
    clock,
    onEmbeddedFailure: onFatal
  })
  await app.register(dataDir)
  await app.register(soleInstance)
  await app.register(secrets)
  await app.register(bus)
  await app.register(declaredState, { showKey })
  await app.register(audit)
  await app.register(prices)
  await app.register(exchangeTraces)
  await app.register(maintenance)
  await app.register(upstreamPools)
  await app.register(accounts)
  await app.register(accountCredentials)
  await app.register(headerProfiles)

  await app.register(billingEligibility)
  await app.register(authentication)
  await app.register(exchanges)
  await app.register(envelope)
  await app.register(concurrencySlots)
  await app.register(accountSelection)
  await app.register(usageRecording)
  await app.register(upstreamForwarding)
  await app.register(adminAuthentication)

  await app.register(probes)
  await app.register(health)
  await app.register(usage)
  await app.register(messages, { prefix: '/v1' })
  await app.register(countTokens, { prefix: '/v1' })
  await app.register(models, { prefix: '/v1' })
  await app.register(admin, { prefix: '/admin/v1' })
  return app
}
