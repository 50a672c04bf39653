import type { IncomingMessage } from 'node:http'
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import accountCredentials from './plugins/account-credentials.ts'
import accountSelection from './plugins/account-selection.ts'
import accountStandings from './plugins/account-standings.ts'
import teamPools from './plugins/team-pools.ts'
import accounts from './plugins/accounts.ts'
import adminAuthentication from './plugins/admin-authentication.ts'
import admission from './plugins/admission.ts'
import audit from './plugins/audit.ts'
import authentication from './plugins/authentication.ts'
import backOffice from './plugins/back-office.ts'
import billingEligibility from './plugins/billing-eligibility.ts'
import brakes from './plugins/brakes.ts'
import bus from './plugins/bus.ts'
import clockWatch from './plugins/clock-watch.ts'
import concurrencySlots from './plugins/concurrency-slots.ts'
import condition from './plugins/condition.ts'
import config from './plugins/config.ts'
import dataDir from './plugins/data-dir.ts'
import database from './plugins/database.ts'
import declaredState from './plugins/declared-state.ts'
import degradedModes from './plugins/degraded-modes.ts'
import earlyRefusals from './plugins/early-refusals.ts'
import envelope from './plugins/envelope.ts'
import errors, { refuseUnroutable, keepUnparsed } from './plugins/errors.ts'
import exchanges from './plugins/exchanges.ts'
import headerProfiles from './plugins/header-profiles.ts'
import instances from './plugins/instances.ts'
import keyTest from './plugins/key-test.ts'
import lateRoutes from './plugins/late-routes.ts'
import leftoverJournals from './plugins/leftover-journals.ts'
import lifecycle from './plugins/lifecycle.ts'
import listeners from './plugins/listeners.ts'
import messageThreads from './plugins/message-threads.ts'
import metrics from './plugins/metrics.ts'
import oidc from './plugins/oidc.ts'
import people from './plugins/people.ts'
import prices from './plugins/prices.ts'
import redis from './plugins/redis.ts'
import replicaReports from './plugins/replica-reports.ts'
import runtimeSettings from './plugins/runtime-settings.ts'
import secrets from './plugins/secrets.ts'
import signInNetworks from './plugins/sign-in-networks.ts'
import signIns from './plugins/sign-ins.ts'
import upstreamForwarding from './plugins/upstream-forwarding.ts'
import upstreamPools from './plugins/upstream-pools.ts'
import usageRecording from './plugins/usage-recording.ts'
import workloads from './plugins/workloads.ts'
import { describeRoutes } from './routes/described-routes.ts'
import health from './routes/health.ts'
import managedSettings from './routes/managed-settings.ts'
import metricsPage from './routes/metrics.ts'
import oauthUsage from './routes/oauth-usage.ts'
import oauth from './routes/oauth/index.ts'
import probes from './routes/probes.ts'
import countTokens from './routes/v1/count-tokens.ts'
import messages from './routes/v1/messages.ts'
import models from './routes/v1/models.ts'
import usage from './routes/v1/usage.ts'
import { systemClock, type Clock } from './services/platform/clock.ts'
import { importGently } from './services/platform/gentle-import.ts'
import { createHttpServers, httpLimits, type HttpServers } from './services/platform/http-servers.ts'
import { readTlsIdentity } from './services/platform/network/tls-files.ts'
import { refuseUnparsed } from './services/platform/parser-errors.ts'
import { createExchangeIds } from './services/gateway/request/exchange-ids.ts'
import type { Settings } from './services/resources/set-up/settings.ts'

interface AppOptions {
  settings: Settings
  logger: FastifyBaseLogger
  clock?: Clock
  /** Where keys that were just made are shown; nowhere by default. */
  showKey?: (message: string) => void
  /**
   * False for a process that serves nobody and only asks its own admin API: on a Postgres it is none of the instances, and
   * leaves it to them to keep house and to deliver webhooks.
   */
  serves?: boolean
  /** Whether what is done behind the requests has a thread of its own, as in a server. */
  officeOnThread?: boolean
}

/** A number of hops, which Fastify's types leave out, as the function that its code makes of it. */
const trustOf = (trust: Settings['trustProxy']) =>
  typeof trust === 'number' ? (_address: string, hop: number) => hop < trust : trust

/** The compilers that Fastify would take take long to load, and the routes of clients have no schemas. */
const noSchemas = () => () => {
  throw new Error('this route may have no schema')
}
const NO_SCHEMAS = { schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } } }

/** Routes of operators bring their own validator; what writes their responses is compiled for the first response, not for all at once. */
async function lateSchemas(): Promise<FastifyServerOptions> {
  const { SerializerSelector } = await import('@fastify/fast-json-stringify-compiler')
  const selected = SerializerSelector()
  const buildSerializer: typeof selected = (schemas, options) => {
    const compile = selected(schemas, options)
    return (route) => {
      let write: ReturnType<typeof compile> | null = null
      return (response) => (write ??= compile(route))(response)
    }
  }
  return { schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer } } }
}

/** Fastify's own server, or one over TLS, with what Fastify would set. */
const overTls = ({ create }: HttpServers): Pick<FastifyServerOptions, 'serverFactory'> => ({
  serverFactory(listener, { keepAliveTimeout }) {
    const server = create(listener)
    server.keepAliveTimeout = Number(keepAliveTimeout)
    return server
  }
})

function createInstance(
  { settings, logger, clock = systemClock }: AppOptions,
  genReqId: (request: IncomingMessage) => string,
  more: FastifyServerOptions = {}
): FastifyInstance {
  const { requestTimeout, ...http } = httpLimits(settings)
  const newExchangeId = createExchangeIds(clock.now)
  const app = fastify({
    ...more,
    loggerInstance: logger,
    // One line an exchange is written by the exchange itself.
    logController: new LogController({ disableRequestLogging: true }),
    // Lines name their exchange themselves: a child logger for each request would be made for nothing.
    childLoggerFactory: (parent) => parent,
    genReqId,
    // Of bodies that are parsed whole; those of /v1 are read and bounded by the envelope plugin, those of operators by their routes.
    bodyLimit: 65_536,
    trustProxy: trustOf(settings.trustProxy),
    requestTimeout,
    http,
    clientErrorHandler(error, socket) {
      const id = newExchangeId()
      const refusal = refuseUnparsed(error, socket, id)
      if (refusal !== null) keepUnparsed(app, id, refusal, socket.remoteAddress ?? null)
    },
    frameworkErrors: refuseUnroutable,
    // The lifecycle plugin refuses by itself, in the API's shape; when it has drained, what is left is idle.
    return503OnClosing: false,
    // It bounds preClose hooks too, and would cut the streams of a drain after ten seconds; each wait here has its own bound.
    pluginTimeout: 0,
    forceCloseConnections: true
  })
  return app
}

/** The whole gateway, ready to listen: ground plugins, then one plugin a step of a request, then the routes. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { settings, clock = systemClock, showKey = () => {}, serves = true, officeOnThread = false } = options
  const { tlsCert: certPath, tlsKey: keyPath } = settings
  const paths = certPath === null || keyPath === null || !serves ? null : { certPath, keyPath }
  const identity = paths === null ? null : await readTlsIdentity(paths)
  const servers = await createHttpServers(settings, identity)
  const app = createInstance(options, createExchangeIds(clock.now), {
    ...NO_SCHEMAS,
    ...(identity === null ? {} : overTls(servers))
  })

  await app.register(config, { settings, clock })
  await app.register(earlyRefusals)
  await app.register(errors)
  await app.register(listeners, { servers, tls: paths === null || identity === null ? null : { paths, identity } })
  await app.register(metrics)
  await app.register(clockWatch)
  await app.register(lifecycle)
  await app.register(database, {
    databaseUrl: settings.databaseUrl,
    dataDir: settings.dataDir,
    clock
  })
  await app.register(dataDir)
  await app.register(instances, { serves })
  await app.register(secrets)
  await app.register(bus)
  await app.register(runtimeSettings)
  await app.register(declaredState, { showKey })
  await app.register(people)
  await app.register(audit)
  await app.register(oidc)
  await app.register(signIns)
  await app.register(prices, { serves })
  await app.register(upstreamPools)
  await app.register(accounts)
  await app.register(accountStandings, { serves })
  await app.register(teamPools)
  await app.register(accountCredentials)
  await app.register(headerProfiles)

  await app.register(billingEligibility)
  await app.register(signInNetworks)
  await app.register(authentication)
  await app.register(workloads)
  await app.register(envelope)
  await app.register(redis)
  await app.register(brakes)
  await app.register(admission)
  await app.register(concurrencySlots)
  await app.register(accountSelection)
  await app.register(messageThreads)
  await app.register(usageRecording)
  await app.register(exchanges)
  await app.register(replicaReports, { serves })
  await app.register(backOffice, { serves, onThread: officeOnThread })
  await app.register(leftoverJournals)
  await app.register(upstreamForwarding)
  await app.register(keyTest)
  await app.register(adminAuthentication)
  await app.register(lateRoutes, {
    create: async (requestIdOf) => createInstance(options, requestIdOf, await lateSchemas()),
    async register(late) {
      await importGently(import.meta.resolve('./routes/late.ts'))
      const { default: routes } = await import('./routes/late.ts')
      await late.register(routes)
    }
  })

  await app.register(condition)
  await app.register(degradedModes, { serves })

  await app.register(health)
  await app.register(clientRoutes)
  await app.register(operatorRoutes)
  handOver(app, '/me/v1')
  return app
}

async function clientRoutes(app: FastifyInstance) {
  app.addHook('onRequest', app.ports.clientsOnly)
  describeRoutes(app, { tag: 'clients', schemes: ['clientKey', 'clientToken'] })
  app.addHook('onRoute', app.describeLater)
  await app.register(probes)
  await app.register(usage)
  await app.register(oauth)
  await app.register(oauthUsage)
  await app.register(managedSettings)
  await app.register(messages, { prefix: '/v1' })
  await app.register(countTokens, { prefix: '/v1' })
  await app.register(models, { prefix: '/v1' })
}

async function operatorRoutes(app: FastifyInstance) {
  app.addHook('onRequest', app.ports.operatorsOnly)
  await app.register(metricsPage)
  handOver(app, '/admin/v1')
  handOver(app, '/console')
  if (app.config.scimTokens !== null) handOver(app, '/scim/v2')
}

/** All that begins so belongs to the routes that are loaded late. */
function handOver(app: FastifyInstance, prefix: string): void {
  for (const path of [prefix, `${prefix}/*`]) app.all(path, { onRequest: app.handOver }, async () => {})
}
