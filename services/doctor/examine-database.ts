import { Client, type ClientConfig } from 'pg'
import type { Clock } from '../clock.ts'
import { isDataDirInUse } from '../database/data-dir-lock.ts'
import { hasEmbeddedDatabase, startEmbeddedDatabase, type EmbeddedDatabase } from '../database/embedded-database.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { listSealedSecrets } from '../records/sealed-secrets.ts'
import { createSecretBox } from '../secrets.ts'
import { wordsOf } from '../error-words.ts'
import { examineSkew } from './examine-clock.ts'
import { fine, wrong, type Finding } from './findings.ts'

export interface ExamineDatabaseOptions {
  secretKeys: readonly string[]
  clock: Clock
  timeoutMs: number
}

/** Looks at a Postgres without changing anything in it. */
export async function examinePostgres(
  url: string,
  { secretKeys, clock, timeoutMs }: ExamineDatabaseOptions
): Promise<Finding[]> {
  return await connected({ connectionString: url }, timeoutMs, async (client) => [
    fine('database', 'answers'),
    await examineClock(client, clock),
    await examineMigrations(client),
    await examineSecrets(client, secretKeys)
  ])
}

/** The same for the embedded database, unless there is none yet or its server has it. */
export async function examineEmbedded(dataDir: string, { secretKeys, timeoutMs }: ExamineDatabaseOptions): Promise<Finding[]> {
  if (!hasEmbeddedDatabase(dataDir)) return [fine('database', 'is made at the first start, in DATA_DIR')]
  if (isDataDirInUse(dataDir)) return [fine('database', 'is the embedded one, and in use by its server')]
  let database: EmbeddedDatabase
  try {
    database = await startEmbeddedDatabase({ dataDir })
  } catch (error) {
    return [wrong('database', wordsOf(error), 'restore a backup: docs/operations.md')]
  }
  try {
    return await connected({ connectionString: database.url }, timeoutMs, async (client) => [
      fine('database', 'is the embedded one, and answers'),
      await examineMigrations(client),
      await examineSecrets(client, secretKeys)
    ])
  } finally {
    await database.stop()
  }
}

async function connected(
  connection: ClientConfig,
  timeoutMs: number,
  examine: (client: Client) => Promise<Finding[]>
): Promise<Finding[]> {
  const client = new Client({ ...connection, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    return [wrong('database', `cannot be reached: ${wordsOf(error)}`, 'start Postgres, or correct DATABASE_URL')]
  }
  try {
    return await examine(client)
  } catch (error) {
    return [wrong('database', `failed: ${wordsOf(error)}`, 'see the log of Postgres')]
  } finally {
    await client.end()
  }
}

async function examineClock(client: Client, clock: Clock): Promise<Finding> {
  const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now')
  return examineSkew((rows[0]?.now.getTime() ?? 0) - clock.now(), 'database')
}

async function examineMigrations(client: Client): Promise<Finding> {
  try {
    const { pending } = await pendingMigrations(client)
    return fine('migrations', pending.length === 0 ? 'all are applied' : `${pending.length} will be applied at the next start`)
  } catch (error) {
    return wrong(
      'migrations',
      wordsOf(error),
      'run the version of Sluice that this database belongs to, or name another database'
    )
  }
}

/** Whether what is sealed can be opened with these keys. */
export async function examineSecrets(client: Client, secretKeys: readonly string[]): Promise<Finding> {
  const { rows } = await client.query<{ there: boolean }>("select to_regclass('proxies') is not null as there")
  if (rows[0]?.there !== true) return fine('secrets', 'none are stored')
  const box = secretKeys.length === 0 ? null : createSecretBox(secretKeys)
  const sealed = []
  for (const kind of ['account', 'proxy'] as const) {
    for (const { name, sealed: bytes } of await listSealedSecrets(client, kind))
      sealed.push({ owner: `${kind} ${name}`, context: `${kind}:${name}`, bytes })
  }
  const unreadable = sealed.filter(({ bytes, context }) => {
    if (box === null) return true
    try {
      box.open(bytes, context)
      return false
    } catch {
      return true
    }
  })
  if (unreadable.length === 0) return fine('secrets', `all ${sealed.length} can be opened`)
  const names = unreadable.map(({ owner }) => owner).join(', ')
  return wrong('secrets', `cannot be opened: ${names}`, 'add the key they were sealed with to SLUICE_SECRET_KEY')
}
