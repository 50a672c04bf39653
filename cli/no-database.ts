import type { Settings } from '../services/resources/set-up/settings.ts'
import { UsageError } from './failures.ts'
import { requireEmbedded, withConnection } from './open-database.ts'

/** Throws UsageError where a Sluice has never kept anything: whoever reads there has named the wrong place. Makes nothing. */
export async function requireDatabase(settings: Settings): Promise<void> {
  if (settings.databaseUrl === null) requireEmbedded(settings.dataDir)
  else if (!(await withConnection(settings, hasTables))) {
    throw new UsageError(
      'the database at DATABASE_URL has no Sluice tables: check DATABASE_URL, or start a server to create them'
    )
  }
}

async function hasTables(client: { query: (text: string) => Promise<{ rows: { there: boolean }[] }> }): Promise<boolean> {
  const { rows } = await client.query("select to_regclass('migrations') is not null as there")
  return rows[0]?.there === true
}
