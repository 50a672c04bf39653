import { startPostgresServer } from './postgres-server.ts'

/**
 * For `node --test --test-global-setup`: one Postgres for all files of a run, each of which has databases of its own in it. It
 * ends with this process. A file that is run alone starts its own.
 */
export async function globalSetup(): Promise<void> {
  process.env.TEST_DATABASE_URL ||= await startPostgresServer()
}
