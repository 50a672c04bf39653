import { Client, type ClientConfig } from 'pg'
import type { Clock } from '../../platform/clock.ts'
import { connectionProblem } from '../../platform/database/connection-problem.ts'
import { isDataDirInUse } from '../../platform/database/data-dir-lock.ts'
import { hasEmbeddedDatabase, startEmbeddedDatabase, type EmbeddedDatabase } from '../../platform/database/embedded-database.ts'
import { pendingMigrations } from '../../platform/database/migrations.ts'
import { listExpiringKeys } from '../../resources/records/key-expiry.ts'
import { listSealedSecrets } from '../../resources/records/sealed-secrets.ts'
import { createSecretBox } from '../../platform/secrets.ts'
import { wordsOf } from '../../platform/error-words.ts'
import type { Listed, Unserved } from '../../gateway/accounts/standings.ts'
import { accountsFindings, examineAccounts, madeAtStart } from './examine-accounts.ts'
import { examineSkew } from './examine-clock.ts'
import { fine, wrong, type Finding } from './findings.ts'

interface ExamineDatabaseOptions {
  secretKeys: readonly string[]
  clock: Clock
  timeoutMs: number
  /** What the next start makes accounts of where there are none. */
  madeOf: 'file' | 'key' | null
  /** What the server on this data folder says. */
  askRunning: () => Promise<Running>
}

/** The accounts of a server, and the groups that none of them serves. */
export interface Running {
  accounts: Listed[]
  unserved: Unserved[]
}

/** Looks at a Postgres without changing anything in it. */
export async function examinePostgres(url: string, options: ExamineDatabaseOptions): Promise<Finding[]> {
  return await connected({ connectionString: url }, options.timeoutMs, async (client) => [
    fine('database', 'answers'),
    await examineClock(client, options.clock),
    ...(await examineContent(client, options))
  ])
}

/** The same for the embedded database, unless there is none yet or its server has it. */
export async function examineEmbedded(dataDir: string, options: ExamineDatabaseOptions): Promise<Finding[]> {
  if (!hasEmbeddedDatabase(dataDir)) {
    const made = fine('database', 'will be created in DATA_DIR at the first start')
    return [made, ...(options.madeOf === null ? accountsFindings([], []) : [madeAtStart()])]
  }
  if (isDataDirInUse(dataDir)) {
    return [fine('database', 'is the embedded one, and in use by its server'), ...(await examineRunning(options.askRunning))]
  }
  let database: EmbeddedDatabase
  try {
    database = await startEmbeddedDatabase({ dataDir })
  } catch (error) {
    return [wrong('database', wordsOf(error), 'restore a backup: docs/operations.md')]
  }
  try {
    return await connected({ connectionString: database.url }, options.timeoutMs, async (client) => [
      fine('database', 'is the embedded one, and answers'),
      ...(await examineContent(client, options))
    ])
  } finally {
    await database.stop()
  }
}

/** What is stored is looked at as this version knows it. */
async function examineContent(client: Client, { secretKeys, clock, madeOf }: ExamineDatabaseOptions): Promise<Finding[]> {
  const { finding, isCurrent } = await examineMigrations(client)
  return [
    finding,
    await examineSecrets(client, secretKeys),
    ...(isCurrent ? await examineAccounts(client, { secretKeys, now: clock.now(), madeOf }) : []),
    ...(isCurrent ? await examineExpiringKeys(client, clock.now()) : [])
  ]
}

/** That keys end may be as it should be. */
async function examineExpiringKeys(client: Client, now: number): Promise<Finding[]> {
  const [soonest, ...others] = await listExpiringKeys(client, now)
  if (soonest === undefined) return []
  const { userEmail, keyName, endsAt } = soonest
  const more = others.length === 0 ? '' : `, and ${others.length} more within a week`
  return [fine('keys', `${userEmail}/${keyName} expires at ${endsAt.toISOString()}${more}`)]
}

async function examineRunning(askRunning: ExamineDatabaseOptions['askRunning']): Promise<Finding[]> {
  try {
    const { accounts, unserved } = await askRunning()
    return accountsFindings(accounts, unserved)
  } catch (error) {
    return [wrong('accounts', `cannot be asked for: ${wordsOf(error)}`, 'try again once the server has started')]
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
    return [wrong('database', connectionProblem(error), 'start Postgres, or correct DATABASE_URL')]
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

async function examineMigrations(client: Client): Promise<{ finding: Finding; isCurrent: boolean }> {
  try {
    const { pending } = await pendingMigrations(client)
    const isCurrent = pending.length === 0
    const message = isCurrent ? 'all are applied' : `${pending.length} will be applied at the next start`
    return { finding: fine('migrations', message), isCurrent }
  } catch (error) {
    const remedy = 'run the version of Sluice that this database belongs to, or name another database'
    return { finding: wrong('migrations', wordsOf(error), remedy), isCurrent: false }
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
  return wrong(
    'secrets',
    `cannot be opened: ${names}`,
    'add the key they were sealed with to SLUICE_SECRET_KEY, or to the file secret-key in DATA_DIR'
  )
}
