import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createKeyTester, type KeyTest } from '../services/gateway/request/key-test.ts'
import { createFailedAuthentications } from '../services/platform/failed-authentications.ts'
import { EXCHANGE_ID_HEADER, GatewayError } from '../services/platform/gateway-errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Sends a message of one token as a key, the whole way that a client's goes. Null when there is no such key; rejects with 429 for
     * whoever wants it too often.
     */
    testKey: (keyId: string, asked: { model?: string; address: string; by: string }) => Promise<KeyTest | null>
  }
}

const MOST = 6
const WINDOW_MS = 60_000

async function keyTest(app: FastifyInstance) {
  const { clock, adminDatabase: db, standInSecrets: secrets } = app
  const wishes = createFailedAuthentications({
    clock,
    kind: 'key-test',
    max: MOST,
    windowMs: WINDOW_MS,
    shared: () => app.shared?.failures ?? null
  })
  const test = createKeyTester({
    db,
    clock,
    secrets,
    settle: () => app.backOffice.settle(),
    async send(request) {
      // By no port: the one for clients may be another than the one for who asks.
      const { statusCode, headers, body } = await app.inject({ ...request, method: 'POST', url: '/v1/messages' })
      return { status: statusCode, exchangeId: String(headers[EXCHANGE_ID_HEADER]), body }
    }
  })

  app.decorate('testKey', async (keyId, { by, ...asked }) => {
    const retryAfterMs = await wishes.count(by)
    if (retryAfterMs !== null) {
      const message = `You may test keys ${MOST} times a minute`
      throw new GatewayError(429, 'rate_limit_error', message, { retryAfterS: retryAfterMs / 1000 })
    }
    return await test(keyId, asked)
  })
}

export default fp(keyTest, {
  name: 'key-test',
  fastify: '5.x',
  dependencies: ['config', 'database', 'authentication', 'redis', 'back-office']
})
