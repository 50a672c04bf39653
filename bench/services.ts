import { randomBytes } from 'node:crypto'
import { executeSql } from '../test/support/execute-sql.ts'
import { embeddedPrograms, startPostgresServer } from '../test/support/postgres-server.ts'
import { diskFolder } from '../test/support/quick-folder.ts'
import { startRedisServer } from '../test/support/redis-server.ts'

interface Services {
  /** The settings that point Sluice to them. */
  env: Record<string, string>
  stop: () => Promise<void>
}

/** A Postgres with an empty database and a Redis: those of BENCH_DATABASE_URL and BENCH_REDIS_URL, else some of the bench's own. */
export async function startServices(): Promise<Services> {
  const cleanUps: (() => Promise<void>)[] = []
  const after = (cleanUp: () => Promise<void>) => void cleanUps.unshift(cleanUp)
  const serverUrl = process.env['BENCH_DATABASE_URL'] ?? (await startPostgresServer(embeddedPrograms(), diskFolder))
  const redisUrl = process.env['BENCH_REDIS_URL'] ?? (await startRedisServer({ after })).url
  const name = `sluice_bench_${randomBytes(4).toString('hex')}`
  await executeSql(serverUrl, `create database ${name}`)
  after(() => executeSql(serverUrl, `drop database ${name} with (force)`))
  const databaseUrl = new URL(serverUrl)
  databaseUrl.pathname = `/${name}`
  return {
    env: {
      DATABASE_URL: databaseUrl.href,
      REDIS_URL: redisUrl,
      REDIS_KEY_PREFIX: name,
      SLUICE_SECRET_KEY: randomBytes(32).toString('hex')
    },
    async stop() {
      for (const cleanUp of cleanUps) await cleanUp()
    }
  }
}
