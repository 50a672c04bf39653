import { Command } from 'commander'
import { counted } from '../services/platform/counted.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { NegativeAnswer, OperationError } from './failures.ts'
import { printResult } from './print-result.ts'

interface MigrateOptions {
  check: boolean
  json: boolean
}

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Applies pending migrations; a server does this when it starts')
    .option('--check', 'only check: exit with 1 when migrations are pending', false)
    .option('--json', 'print JSON', false)
    .action(migrateDatabase)
}

async function migrateDatabase({ check, json }: MigrateOptions): Promise<void> {
  const [{ isRunning, withConnection, withConnectionToRead }, { migrate, pendingMigrations }] = await Promise.all([
    import('./open-database.ts'),
    import('../services/platform/database/migrations.ts')
  ])
  const settings = readSettings(process.env)
  // Its start has applied what it knew of; this version may know of more.
  const hasServer = isRunning(settings)
  const { applied, pending, newer } =
    check || hasServer
      ? { applied: [], ...(await withConnectionToRead(settings, (client) => pendingMigrations(client))) }
      : { pending: [], ...(await withConnection(settings, (client) => migrate(client))) }
  printResult({ applied, pending, newer }, json, () => {
    for (const name of applied) console.log(`applied  ${name}`)
    for (const name of pending) console.log(`missing  ${name}`)
    if (applied.length + pending.length === 0) console.log('The database is up to date.')
  })
  if (newer.length > 0) console.error(`warning: the database is newer than this program: it has ${newer.join(', ')}`)
  if (pending.length === 0) return
  const missing = `${counted(pending.length, 'migration')} ${pending.length === 1 ? 'is' : 'are'} missing`
  const remedy = hasServer
    ? '; a server is running on this database: stop it and start this version, which applies them'
    : ': sluice migrate applies them'
  throw new (check ? NegativeAnswer : OperationError)(`${missing}${remedy}`)
}
