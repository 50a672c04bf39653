import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedDatabase } from '../../services/platform/database/embedded-database.ts'
import { migrate } from '../../services/platform/database/migrations.ts'
import { madeOnce } from './made-once.ts'
import { startPostgresServer } from './postgres-server.ts'
import { copyFolder, quickFolder } from './quick-folder.ts'
import { openPool } from './open-pool.ts'

/** A pool on a migrated database of the test's own, gone when the test is over. */
export async function postgresPool(t: Pick<TestContext, 'after'>): Promise<pg.Pool> {
  const pool = openPool(await migratedUrl(t))
  t.after(() => pool.end())
  return pool
}

/** The same for all tests of a file. */
export async function filePool(): Promise<pg.Pool> {
  const cleanUps: (() => void | Promise<void>)[] = []
  const pool = await postgresPool({ after: (cleanUp) => void cleanUps.unshift(cleanUp as () => void) })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
    await dropFinished()
  })
  return pool
}

/** The URL of an empty database. It outlives the test's other clean-up, of which some may use it. */
export const postgresUrl = (t: Pick<TestContext, 'after'>): Promise<string> => newDatabase(t, 'template0')

/** The same for one that all migrations were applied to. */
export async function migratedUrl(t: Pick<TestContext, 'after'>): Promise<string> {
  return await newDatabase(t, await (template ??= migratedTemplate(await postgresServer())))
}

async function newDatabase(t: Pick<TestContext, 'after'>, template: string): Promise<string> {
  await dropFinished()
  const name = `sluice_test_${randomBytes(8).toString('hex')}`
  // Copying files costs a third of what the default does, which logs every page.
  await (await serverPool()).query(`create database ${name} template ${template} strategy file_copy`)
  t.after(() => void finished.add(name))
  return databaseOn(await postgresServer(), name)
}

/** A new data folder whose embedded database is there already, and migrated: making one takes longer than most tests. */
export async function embeddedDataDir(): Promise<string> {
  const dataDir = await quickFolder('sluice-test-data-')
  await copyFolder(join(await embeddedTemplate(), 'database'), join(dataDir, 'database'))
  return dataDir
}

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))

let server: Promise<string> | null = null
let pool: pg.Pool | null = null
let template: Promise<string> | null = null
/** Databases whose tests are over. */
const finished = new Set<string>()

after(dropFinished)

async function dropFinished(): Promise<void> {
  for (const name of finished) {
    finished.delete(name)
    await (await serverPool()).query(`drop database ${name} with (force)`)
  }
}

/** One connection for all that makes and drops databases. It keeps no process from ending. */
async function serverPool(): Promise<pg.Pool> {
  if (pool !== null) return pool
  const connectionString = await postgresServer()
  return (pool ??= new pg.Pool({ connectionString, max: 1, allowExitOnIdle: true, idleTimeoutMillis: 0 }).on('error', () => {}))
}

function postgresServer(): Promise<string> {
  const given = process.env.TEST_DATABASE_URL
  if (given !== undefined && given !== '') return Promise.resolve(given)
  return (server ??= startPostgresServer())
}

function databaseOn(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/**
 * The name of a database that all migrations were applied to, and that nobody connects to: whoever does keeps others from
 * copying it. It is made by the first of all test files that needs it, and gets its name when it is whole.
 */
async function migratedTemplate(serverUrl: string): Promise<string> {
  const name = `sluice_template_${(await fingerprint()).slice(0, 16)}`
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) {
      await client.query(`drop database if exists ${name}_draft with (force)`)
      await client.query(`create database ${name}_draft template template0`)
      await migrated(databaseOn(serverUrl, `${name}_draft`))
      await client.query(`alter database ${name}_draft rename to ${name}`)
    }
    return name
  } finally {
    await client.end()
  }
}

async function embeddedTemplate(): Promise<string> {
  return await madeOnce('embedded', await fingerprint(), async (dataDir) => {
    const database = await startEmbeddedDatabase({ dataDir })
    await migrated(database.url)
    await database.stop()
  })
}

async function migrated(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await migrate(client)
  } finally {
    await client.end()
  }
}

/** Of the migrations. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(MIGRATIONS)).sort()) hash.update(name).update(await readFile(join(MIGRATIONS, name)))
  return hash.digest('hex')
}
