import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { distributionPrograms, startPostgresServer } from './postgres-server.ts'

/** `node test/support/on-oldest-postgres.ts FILE…`: runs test files on the Postgres of the distribution. */
const TEST_DATABASE_URL = await startPostgresServer(distributionPrograms())
const tests = spawn(process.execPath, ['--test', '--test-concurrency=2', ...process.argv.slice(2)], {
  env: { ...process.env, TEST_DATABASE_URL },
  stdio: 'inherit'
})
const [code] = (await once(tests, 'exit')) as [number | null]
process.exit(code ?? 1)
