/**
 * What operators ask of usage, over few events and over many: `npm run bench:summary`. Both databases are on one private Postgres and
 * are asked in turns, so that what slows the machine slows both. BENCH_EVENTS sets how many are many.
 */
import pg from 'pg'
import { systemClock } from '../services/platform/clock.ts'
import { createDatabaseShare } from '../services/platform/database/database-share.ts'
import { migrate } from '../services/platform/database/migrations.ts'
import { pageUsageEvents, type UsageEventFilters } from '../services/money/records/usage-events.ts'
import { pageUsageSummary, type Dimension, type SummaryFilters } from '../services/money/records/usage-summary.ts'
import type { Connectable } from '../services/platform/database/queryable.ts'
import { embeddedPrograms, startPostgresServer } from '../test/support/postgres-server.ts'
import { diskFolder } from '../test/support/quick-folder.ts'
import { spread } from './measure.ts'
import { readOptions } from './options.ts'
import { fillUsage } from './usage-filling.ts'

readOptions(
  `Usage: npm run bench:summary

Asks what operators ask of usage, over few events and over many: docs/performance.md.

  BENCH_EVENTS  how many are many, 1000000 unless set`,
  {}
)

const FEW = 10_000
const MANY = Number(process.env.BENCH_EVENTS ?? 1_000_000)
const ROUNDS = 51
const DAYS = 30
const FROM = Date.UTC(2026, 0, 1)
const HOUR_MS = 60 * 60 * 1000
const PAGE = { limit: 100, cursor: null }

const summary = (filters: SummaryFilters, groupBy: Dimension[]) => (db: Connectable) =>
  pageUsageSummary(db, filters, groupBy, PAGE)
const events = (filters: UsageEventFilters) => (db: Connectable) => pageUsageEvents(db, filters, PAGE)

const QUESTIONS: [string, (db: Connectable) => Promise<unknown>][] = [
  ['summary of all, in one row', summary({}, [])],
  ['summary by user and model', summary({}, ['user', 'model'])],
  ['summary by day, from one hour to another', summary({ from: FROM + HOUR_MS, to: FROM + 500 * HOUR_MS }, ['day'])],
  ['summary of a day, by hour', summary({ from: FROM + 240 * HOUR_MS, to: FROM + 264 * HOUR_MS }, ['hour'])],
  ['events, newest page', events({})],
  ['events of a user', events({ userEmail: 'user-7@example.com' })],
  ['events that failed', events({ outcome: 'interrupted' })]
]

const serverUrl = await startPostgresServer(embeddedPrograms(), diskFolder)

async function filled(name: string, count: number): Promise<pg.Pool> {
  const server = new pg.Client({ connectionString: serverUrl })
  await server.connect()
  await server.query(`create database ${name}`)
  await server.end()
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.href, max: 1 })
  const client = await pool.connect()
  await migrate(client)
  client.release()
  await fillUsage(pool, { events: count, days: DAYS, from: FROM, users: 20 })
  const { rows } = await pool.query<Record<'events' | 'hours' | 'days', string>>(
    `select (select count(*) from usage_events) as events, (select count(*) from usage_hourly) as hours,
       (select count(*) from usage_daily) as days`
  )
  console.log(`${rows[0]?.events} events, ${rows[0]?.hours} rows of hours, ${rows[0]?.days} rows of days`)
  return pool
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

const share = (pool: pg.Pool) =>
  createDatabaseShare(pool, { clock: systemClock, size: 1, waitMs: 10_000, statementTimeoutMs: 600_000 })

const pools = [await filled('few', FEW), await filled('many', MANY)] as const
// As the admin API asks.
const [few, many] = [share(pools[0]), share(pools[1])]
console.log(`\nmedian of ${ROUNDS} rounds, ms`.padEnd(44), 'few', 'many'.padStart(8), 'ratio'.padStart(7))
for (const [name, ask] of QUESTIONS) {
  const times = { few: [] as number[], many: [] as number[] }
  for (let round = -3; round < ROUNDS; round++) {
    const [ofFew, ofMany] = [await timed(() => ask(few)), await timed(() => ask(many))]
    // The first are for warming up.
    if (round >= 0) {
      times.few.push(ofFew)
      times.many.push(ofMany)
    }
  }
  const [a, b] = [spread(times.few).median, spread(times.many).median]
  console.log(name.padEnd(40), a.toFixed(2).padStart(6), b.toFixed(2).padStart(8), (b / a).toFixed(2).padStart(7))
}
for (const pool of pools) await pool.end()
