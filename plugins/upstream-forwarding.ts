import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createForwarder, type Forwarder } from '../services/gateway/forwarding/forwarder.ts'
import { createWire } from '../services/gateway/forwarding/wire.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** True when the exchange is answered, false when another account may be tried. */
    forward: Forwarder['forward']
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
      app.healthNotes.note({ id: accountId, name: accountName }, changes, { actor: 'sluice', exchangeId: exchange.id })
    },
    chooser: app.accountChooser,
    counted: (account, outcome) => app.metrics.attempted(account, outcome)
  })

  app.decorate('forward', forwarder.forward)
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
