import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { within } from '../services/platform/within.ts'
import { listLimitedPools } from '../services/resources/records/teams.ts'
import { poolStanding, type PoolStanding } from '../services/resources/teams/standing.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * How the pools stand that have a limit, and how many more there are. What was charged is as of some seconds ago; a database that is
     * away is not waited for long.
     */
    teamPools: () => Promise<{ pools: PoolStanding[]; leftOut: number }>
  }
}

/** More than anybody watches. Each has its own series in the metrics. */
const MOST_POOLS = 100
const PATIENCE_MS = 500

/** How the pools of teams stand, for those who watch. */
async function teamPools(app: FastifyInstance) {
  const { clock, pg, readings } = app
  const reading = readings.keep('directory', { read: () => listLimitedPools(pg.pool, MOST_POOLS) })
  app.decorate('teamPools', async () => {
    await within(clock, PATIENCE_MS, Promise.allSettled([reading.current()]))
    const { pools = [], leftOut = 0 } = reading.last() ?? {}
    return { pools: pools.map((pool) => poolStanding(pool, clock.now())), leftOut }
  })
}

export default fp(teamPools, { name: 'team-pools', fastify: '5.x', dependencies: ['config', 'database', 'bus'] })
