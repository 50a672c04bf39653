import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import {
  createHeaderProfiles,
  FORGOTTEN_AFTER_MS,
  MAX_FAMILIES,
  type HeaderProfiles
} from '../services/gateway/accounts/header-profiles.ts'
import { oneAtATime } from '../services/platform/one-at-a-time.ts'
import { listHeaderProfiles, putHeaderProfile } from '../services/gateway/accounts/records/header-profiles.ts'

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
  async function load(): Promise<void> {
    for (const { accountId, family, ...profile } of await listHeaderProfiles(app.pg.pool)) {
      profiles.load(accountId, family, profile)
    }
  }
  await load()
  app.decorate('headerProfiles', profiles)

  let loading: Promise<void> | null = null
  const loadAgain = oneAtATime(() =>
    load().catch((err: unknown) => app.log.warn({ err }, 'header profiles seen by other replicas could not be read'))
  )
  app.bus.subscribe('profiles', () => {
    loading = loadAgain()
  })
  app.addHook('onClose', async () => void (await Promise.allSettled([...underWay, loading])))
}

export default fp(headerProfiles, { name: 'header-profiles', fastify: '5.x', dependencies: ['config', 'database', 'bus'] })
