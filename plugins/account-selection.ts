import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createSharedProbes } from '../services/gateway/accounts/shared-probes.ts'
import {
  createAccountChooser,
  type AccountChooser,
  type ChosenAccount
} from '../services/gateway/forwarding/account-chooser.ts'
import { oneAtATime } from '../services/platform/one-at-a-time.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accountChooser: AccountChooser
    /** As the chooser's `take`, under the queue's deadline and with its pings. */
    takeAccountSlot: (exchange: Exchange) => Promise<ChosenAccount>
  }
}

async function accountSelection(app: FastifyInstance) {
  const { config, clock, healthClock, slots, accountDirectory, accountHealth, prices } = app
  const chooser = createAccountChooser({
    config,
    clock,
    healthClock,
    slots,
    directory: accountDirectory,
    health: accountHealth,
    probes: createSharedProbes({
      health: accountHealth,
      shared: app.shared?.slots ?? null,
      isShared: () => app.slotSharing.state() === 'shared'
    }),
    prices,
    holdLease: (exchange, lease) => app.exchangeSlots.holdLease(exchange, lease),
    lookAgain: (exchange) => app.lookAgain(exchange)
  })
  app.decorate('accountChooser', chooser)
  app.decorate('takeAccountSlot', (exchange: Exchange) =>
    app.exchangeSlots.queued(exchange, 'account', (wait) => chooser.take(exchange, wait))
  )

  /** A raised limit serves those who wait at once. */
  const tellLimits = oneAtATime(async () => {
    if (app.exchangeSlots.waitingFor('account').length === 0) return
    await accountDirectory.load().catch(() => {})
    await Promise.all(
      accountDirectory.known().map(({ id, concurrency }) => app.exchangeSlots.tellLimit('account', id, concurrency))
    )
  })
  app.bus.subscribe('accounts', () => void tellLimits())
}

export default fp(accountSelection, {
  name: 'account-selection',
  fastify: '5.x',
  dependencies: ['config', 'bus', 'prices', 'accounts', 'redis', 'admission', 'concurrency-slots']
})
