import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ChosenAccount } from '../services/gateway/forwarding/account-chooser.ts'
import { createForwarder } from '../services/gateway/forwarding/forwarder.ts'
import { createWire } from '../services/gateway/forwarding/wire.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** As Forwarder's: true when the exchange is answered, false when another account may be tried. */
    forward: (exchange: Exchange, chosen: ChosenAccount, path: string) => Promise<boolean>
    /** The same for `count_tokens`, of which nothing is recorded and which says nothing of an account's limits. */
    forwardUnrecorded: (exchange: Exchange, chosen: ChosenAccount, path: string) => Promise<boolean>
  }
}

async function upstreamForwarding(app: FastifyInstance) {
  const { config, clock, upstreamPools, credentialKeeper, headerProfiles, bodyBudget, accountHealth, accountDirectory } = app
  const forwarder = createForwarder({
    config,
    clock,
    healthClock: app.healthClock,
    log: app.log,
    credentials: credentialKeeper,
    accounts: accountDirectory,
    wire: createWire({ config, clock, upstreamPools, headerProfiles, bodyBudget }),
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
