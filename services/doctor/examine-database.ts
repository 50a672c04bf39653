import { Client } from 'pg'
import type { Clock } from '../clock.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { listSealedSecrets } from '../records/sealed-secrets.ts'
import { createSecretBox } from '../secrets.ts'
import { fine, wordsOf, wrong, type Finding } from './findings.ts'

/** Windows and leases are counted by both clocks. */
const MAX_SKEW_MS = 5000

/** Looks at a Postgres without changing anything in it. */
export async function examineDatabase(
  url: string,
  secretKeys: readonly string[],
  clock: Clock,
  timeoutMs: number
): Promise<Finding[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    return [wrong('database', `cannot be reached: ${wordsOf(error)}`, 'start Postgres, or correct DATABASE_URL')]
  }
  try {
    return [
      fine('database', 'answers'),
      await examineClock(client, clock),
      await examineMigrations(client),
      await examineSecrets(client, secretKeys)
    ]
  } catch (error) {
    return [wrong('database', `failed: ${wordsOf(error)}`, 'see the log of Postgres')]
  } finally {
    await client.end()
  }
}

async function examineClock(client: Client, clock: Clock): Promise<Finding> {
  const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now')
  const skewMs = Math.abs((rows[0]?.now.getTime() ?? 0) - clock.now())
  if (skewMs <= MAX_SKEW_MS) return fine('clock', 'agrees with the database')
  const message = `is ${Math.round(skewMs / 1000)} s away from the clock of the database`
  return wrong('clock', message, 'synchronise the clocks of both machines, with NTP')
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

async function examineSecrets(client: Client, secretKeys: readonly string[]): Promise<Finding> {
  const { rows } = await client.query<{ there: boolean }>("select to_regclass('proxies') is not null as there")
  if (rows[0]?.there !== true) return fine('secrets', 'none are stored')
  const box = createSecretBox(secretKeys)
  const sealed = []
  for (const kind of ['account', 'proxy'] as const) {
    for (const { name, sealed: bytes } of await listSealedSecrets(client, kind))
      sealed.push({ owner: `${kind} ${name}`, context: `${kind}:${name}`, bytes })
  }
  const unreadable = sealed.filter(({ bytes, context }) => {
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
