import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { watchNetworks } from '../services/gateway/request/far-apart.ts'
import { factsOf } from '../services/gateway/request/client-recognition.ts'
import type { ClientKeyRecord } from '../services/resources/records/client-keys.ts'
import { recordFarApart } from '../services/resources/sign-ins/sign-ins.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Told of each request of a client, which is never refused for it: tells operators of sign-ins that are used from two networks at once. */
    noteNetwork: (request: { id: string; ip: string }, client: ClientKeyRecord) => void
  }
}

/** A token that somebody has taken with them is told by where it is used. */
async function signInNetworks(app: FastifyInstance) {
  const { clock, log, metrics } = app
  const look = watchNetworks(clock)

  app.decorate('noteNetwork', ({ id: exchangeId, ip }, client) => {
    const signInId = client.token?.signInId ?? null
    const addresses = signInId === null ? null : look(signInId, ip)
    if (signInId === null || addresses === null) return
    const facts = { ...factsOf(client), signIn: signInId, addresses, exchangeId }
    log.warn(facts, 'a sign-in is used from two networks at once: end it if its person cannot say why')
    metrics.signInFarApart()
    const signIn = { id: signInId, email: client.user.email, key: client.key.name }
    recordFarApart({ db: app.adminDatabase, clock }, signIn, { addresses, exchangeId }).catch((err: unknown) => {
      log.warn({ err, signIn: signInId }, 'that a sign-in is used from two networks is not in the audit log')
    })
  })
}

export default fp(signInNetworks, { name: 'sign-in-networks', fastify: '5.x', dependencies: ['config', 'database', 'metrics'] })
