import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createFailedAuthentications } from '../services/platform/failed-authentications.ts'
import { createDeviceSignIn, type DeviceSignIn } from '../services/resources/sign-in/device-sign-in.ts'
import { createSignInTokens, type SignInTokensService } from '../services/resources/sign-in/sign-in-tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Signs in what has no browser of its own, such as Claude Code. */
    deviceSignIn: DeviceSignIn
    /** What is signed in gets new tokens by, and ends itself. */
    signInTokens: SignInTokensService
  }
}

const WINDOW_MS = 600_000
/** In that time, of one address. */
const MOST_BEGUN = 30
/** Of one person or address, of codes that nothing waits under. */
const MOST_TRIED = 10
/** Of one sign-in, whose processes may all begin at once. */
const MOST_REFRESHES = 300

async function signIns(app: FastifyInstance) {
  const { clock, secretBox, log } = app
  const { pool } = app.pg
  const { authFailuresMax, authFailuresWindowMs } = app.config
  const shared = () => app.shared?.failures ?? null
  const counting = (kind: string, max: number, windowMs = WINDOW_MS) =>
    createFailedAuthentications({ clock, kind, max, windowMs, shared })

  app.decorate(
    'deviceSignIn',
    createDeviceSignIn({
      pool,
      clock,
      secretBox,
      log,
      begun: counting('device-code', MOST_BEGUN),
      tried: counting('user-code', MOST_TRIED)
    })
  )
  app.decorate(
    'signInTokens',
    createSignInTokens({
      pool,
      clock,
      failures: counting('refresh-token', authFailuresMax, authFailuresWindowMs),
      refreshes: counting('refresh', MOST_REFRESHES),
      onRevoked: () => app.bus.publish('directory')
    })
  )
}

export default fp(signIns, { name: 'sign-ins', fastify: '5.x', dependencies: ['config', 'database', 'secrets', 'bus'] })
