import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ChosenAccount } from '../services/gateway/forwarding/account-chooser.ts'
import { createForwarder, type Sending, type WireOptions } from '../services/gateway/forwarding/forwarder.ts'
import { upstreamHeaders } from '../services/gateway/forwarding/forwarded-headers.ts'
import { runAttempt, type AttemptResult } from '../services/gateway/forwarding/upstream-attempt.ts'
import { outgoingBody } from '../services/gateway/request/outgoing-body.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { startDeadline } from '../services/gateway/request/start-deadline.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** As Forwarder's: true when the exchange is answered, false when another account may be tried. */
    forward: (exchange: Exchange, chosen: ChosenAccount, path: string) => Promise<boolean>
    /** The same for `count_tokens`, of which nothing is recorded and which says nothing of an account's limits. */
    forwardUnrecorded: (exchange: Exchange, chosen: ChosenAccount, path: string) => Promise<boolean>
  }
}

async function upstreamForwarding(app: FastifyInstance) {
  const { config, clock, upstreamPools, credentialKeeper, headerProfiles, accountHealth, accountDirectory } = app

  /** Not async: its frame would keep the body for as long as the answer takes. */
  function wire({ exchange, chosen, path, isRecorded }: Sending, options: WireOptions): Promise<AttemptResult> {
    const { credential, record, isFresh, onCommitted } = options
    const { account, upstreamModel } = chosen
    const { request } = exchange
    const body = outgoingBody(request, upstreamModel, app.bodyBudget)
    const headers = account.headerProfile ? headerProfiles.observeAndApply(account.id, exchange.headers) : exchange.headers
    const startBy = startDeadline(exchange, config)
    return runAttempt(body, {
      dispatcher: isFresh
        ? upstreamPools.freshDispatcherFor(account.origin, account.proxy)
        : upstreamPools.dispatcherFor(account.origin, account.proxy),
      path: account.basePath + path,
      headers: upstreamHeaders(headers, credential, { keepContentEncoding: body.encoded, oauth: account.type !== 'api-key' }),
      target: {
        client: exchange.stream,
        record,
        requestedModel: upstreamModel === request.model ? null : request.model,
        acceptEncoding: exchange.headers['accept-encoding']
      },
      clientGone: exchange.gone,
      drainMs: config.usageDrainMs,
      headersTimeoutMs: request.stream ? config.upstreamHeadersTimeoutMs : Math.max(1, startBy - clock.uptime()),
      idleTimeoutMs: config.upstreamIdleTimeoutMs,
      startBy,
      mayRepeat: request.stream || !isRecorded,
      onCommitted,
      ownTime: exchange.ownTime,
      clock
    })
  }

  const forwarder = createForwarder({
    config,
    clock,
    healthClock: app.healthClock,
    log: app.log,
    credentials: credentialKeeper,
    accounts: accountDirectory,
    wire,
    recorderFor: (exchange, chosen) => app.recordAttempt(exchange, chosen),
    report(exchange, { accountId, accountName, upstreamModel, sign, headers, isLastUsable, countsFailure }) {
      const changes = accountHealth.report(accountId, upstreamModel, sign, {
        headers,
        isLastUsable,
        holder: exchange.id,
        speed: exchange.envelope.speed,
        countsFailure
      })
      app.noteHealth({ id: accountId, name: accountName }, changes, { actor: 'sluice', exchangeId: exchange.id })
    },
    chooser: app.accountChooser,
    counted: (account, outcome) => app.metrics.attempted(account, outcome)
  })

  app.decorate('forward', (exchange: Exchange, chosen: ChosenAccount, path: string) =>
    forwarder.forward({ exchange, chosen, path, isRecorded: true })
  )

  app.decorate('forwardUnrecorded', (exchange: Exchange, chosen: ChosenAccount, path: string) =>
    forwarder.forward({ exchange, chosen, path, isRecorded: false })
  )
}

export default fp(upstreamForwarding, {
  name: 'upstream-forwarding',
  fastify: '5.x',
  dependencies: [
    'config',
    'metrics',
    'envelope',
    'upstream-pools',
    'accounts',
    'account-credentials',
    'header-profiles',
    'account-selection',
    'usage-recording'
  ]
})
