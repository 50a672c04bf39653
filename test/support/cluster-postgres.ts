import { rm } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { withoutRoot } from '../../services/platform/database/postgres-server.ts'
import { accepts, embeddedPrograms, newDatabaseFolder, servingArguments, urlOf } from './postgres-server.ts'
import { diskFolder } from './quick-folder.ts'
import { stoppableProcess } from './stoppable-process.ts'
import { until } from './until.ts'

/** A real Postgres of the test's own that can be stopped and started again at the same address. */
export interface StoppablePostgres {
  readonly url: string
  start: () => Promise<void>
  /** Ends it at once, as a crash would. What it has confirmed is there when it is started again. */
  stop: () => Promise<void>
  /** Breaks all connections but one's own, as a failover does. Resolves to how many there were. */
  killConnections: () => Promise<number>
}

/** Starts a Postgres that is gone when the test is over. */
export async function startStoppablePostgres(t: TestContext): Promise<StoppablePostgres> {
  const programs = embeddedPrograms()
  const dir = await newDatabaseFolder(programs, diskFolder)
  const url = urlOf(dir)
  // Commits are written before they are confirmed (they survive this process, if not a power cut): a stop must lose none.
  const [command, args] = withoutRoot(programs.postgres, servingArguments(dir, ['fsync=off', 'synchronous_commit=on']))
  const isUp = () => until('Postgres accepts connections', () => accepts(url), 30_000)
  const { start, stop } = stoppableProcess(command, args, { signal: 'SIGQUIT', isUp, env: programs.env, cwd: dir })

  t.after(async () => {
    await stop()
    await rm(dir, { recursive: true, force: true })
  })
  await start()
  return {
    url,
    start,
    stop,
    async killConnections() {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        const killed = await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`
        )
        return killed.rowCount ?? 0
      } finally {
        await client.end()
      }
    }
  }
}
