import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createMessageHomes, type MessageHomes } from '../services/gateway/accounts/message-homes.ts'
import { threadNotFound } from '../services/platform/gateway-errors.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    messageHomes: MessageHomes
    /**
     * preHandler: finds the account that keeps the thread that the request goes on. Throws 404 `thread_not_found` when it is not known,
     * or cannot answer: no other account has the conversation, and the client is to send it again.
     */
    findThread: (request: FastifyRequest) => Promise<void>
  }
}

async function messageThreads(app: FastifyInstance) {
  const { shared, slotSharing, clock } = app
  app.decorate(
    'messageHomes',
    createMessageHomes({
      clock,
      shared: () => (shared !== null && slotSharing.state() === 'shared' ? shared.messageHomes : null)
    })
  )

  app.decorate('findThread', async (request: FastifyRequest) => {
    const exchange = exchangeOf(request)
    const { thread } = exchange.envelope
    if (thread?.kind !== 'continue') return
    const message = { userId: exchange.client.user.id, messageId: thread.previousMessageId }
    exchange.threadHome = await app.messageHomes.homeOf(message)
    if (exchange.threadHome === null || !(await app.accountChooser.canServe(exchange, exchange.threadHome)))
      throw threadNotFound()
  })
}

export default fp(messageThreads, {
  name: 'message-threads',
  fastify: '5.x',
  dependencies: ['config', 'authentication', 'redis', 'account-selection']
})
