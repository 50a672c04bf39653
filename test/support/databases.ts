import { createHash, randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedDatabase } from '../../services/database/embedded-database.ts'
import { migrate } from '../../services/database/migrations.ts'
import { executeSql } from './execute-sql.ts'
import { startPostgresServer } from './postgres-server.ts'

/** A migrated database of the test's own, gone when the test is over. */
export type OpenDatabase = (t: TestContext) => Promise<pg.Pool>

export async function embeddedPool(t: TestContext): Promise<pg.Pool> {
  const dataDir = await embeddedDataDir()
  const database = await startEmbeddedDatabase({ dataDir })
  const pool = new pg.Pool({ connectionString: database.url })
  t.after(async () => {
    await pool.end()
    await database.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  return await migrated(pool)
}

export async function postgresPool(t: TestContext): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: await postgresUrl(t) })
  // A pool has ended a moment before its connections have, and dropping the database breaks those.
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}))
  t.after(() => pool.end())
  return await migrated(pool)
}

/** Both, for what must hold on either. */
export const DATABASES: readonly [string, OpenDatabase][] = [
  ['embedded', embeddedPool],
  ['postgres', postgresPool]
]

/** The URL of an empty database on a real Postgres. It outlives the test's other clean-up, of which some may use it. */
export async function postgresUrl(t: TestContext): Promise<string> {
  const serverUrl = await postgresServer()
  await dropFinished()
  const name = `sluice_test_${randomBytes(8).toString('hex')}`
  await executeSql(serverUrl, `create database ${name}`)
  t.after(() => void finished.add(name))
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** A new data folder whose embedded database is there already: making one takes longer than most tests. */
export async function embeddedDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-data-'))
  await cp(join(await embeddedTemplate(), 'database'), join(dataDir, 'database'), { recursive: true })
  return dataDir
}

let server: Promise<string> | null = null
/** Databases whose tests are over. */
const finished = new Set<string>()

after(dropFinished)

async function dropFinished() {
  for (const name of finished) {
    finished.delete(name)
    await executeSql(await postgresServer(), `drop database ${name} with (force)`)
  }
}

function postgresServer(): Promise<string> {
  const given = process.env.TEST_DATABASE_URL
  if (given !== undefined && given !== '') return Promise.resolve(given)
  return (server ??= startPostgresServer())
}

/** Made once for all test runs with the same engine; moved into place whole, since test files run at the same time. */
async function embeddedTemplate(): Promise<string> {
  const manifest = await readFile(new URL('../../package-lock.json', import.meta.url))
  const version = createHash('sha256').update(manifest).digest('hex').slice(0, 16)
  const cacheDir = fileURLToPath(new URL('../../node_modules/.cache/sluice-test/', import.meta.url))
  const template = join(cacheDir, `embedded-${version}`)
  if (await isThere(template)) return template
  await mkdir(cacheDir, { recursive: true })
  const draft = await mkdtemp(`${template}.`)
  const database = await startEmbeddedDatabase({ dataDir: draft })
  await database.stop()
  await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }))
  return template
}

async function isThere(template: string) {
  return await readFile(join(template, 'database', 'PG_VERSION')).then(
    () => true,
    () => false
  )
}

async function migrated(pool: pg.Pool): Promise<pg.Pool> {
  const client = await pool.connect()
  try {
    await migrate(client)
  } finally {
    client.release()
  }
  return pool
}
