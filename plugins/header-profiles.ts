import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import {
  createHeaderProfiles,
  FORGOTTEN_AFTER_MS,
  MAX_FAMILIES,
  type HeaderProfiles
} from '../services/accounts/header-profiles.ts'
import { listHeaderProfiles, putHeaderProfile } from '../services/records/header-profiles.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How the clients of accounts that keep a profile call themselves. */
    headerProfiles: HeaderProfiles
  }
}

async function headerProfiles(app: FastifyInstance) {
  const underWay = new Set<Promise<void>>()
  const profiles = createHeaderProfiles({
    clock: app.clock,
    onChange(accountId, family, profile) {
      const bounds = { maxFamilies: MAX_FAMILIES, forgottenAfterMs: FORGOTTEN_AFTER_MS }
      // Lost while the database is away, and put on record with the next change.
      const saved = putHeaderProfile(app.pg.pool, { accountId, family, ...profile }, bounds)
        .catch((err: unknown) => app.log.warn({ err, accountId, family }, 'a header profile could not be stored'))
        .finally(() => underWay.delete(saved))
      underWay.add(saved)
    }
  })
  for (const { accountId, family, ...profile } of await listHeaderProfiles(app.pg.pool))
    profiles.load(accountId, family, profile)
  app.decorate('headerProfiles', profiles)
  app.addHook('onClose', async () => void (await Promise.allSettled(underWay)))
}

export default fp(headerProfiles, { name: 'header-profiles', fastify: '5.x', dependencies: ['config', 'database'] })
