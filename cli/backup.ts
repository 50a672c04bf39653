import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { wordsOf } from '../services/error-words.ts'
import { unpackBackup, type BackupManifest } from '../services/backup/backup-file.ts'
import { BACKUP_OF_POSTGRES } from '../services/backup/of-postgres.ts'
import { readSettings, type Settings } from '../services/set-up/settings.ts'
import { withAdmin } from './admin-client.ts'
import { OperationError, UsageError } from './failures.ts'
import { refuseExisting, writeNewFile } from './new-file.ts'
import { command } from './operated-rows.ts'
import { printResult } from './print-result.ts'

const ABOUT_SECRETS =
  'The stored credentials in it are sealed: keep SLUICE_SECRET_KEY, or the file secret-key of DATA_DIR, somewhere else. Without it they cannot be read.'

interface BackupOptions {
  force: boolean
  json: boolean
}

export function backupCommand(): Command {
  return command('backup', 'Writes the embedded database to a file, also while its server runs')
    .argument('<file>')
    .option('--force', 'replace a file that is there', false)
    .action(backup)
}

async function backup(path: string, { force, json }: BackupOptions): Promise<void> {
  const settings = readSettings(process.env)
  if (!(settings.commandServer instanceof URL)) refuseElsewhere(settings)
  refuseExisting(path, force)
  const manifest = await withAdmin(settings, async (_ask, download) =>
    writeNewFile(path, () => download('/backup'), { force, check })
  )
  const { size: bytes } = await stat(path)
  printResult({ file: path, bytes, created_at: manifest.created_at, migration: manifest.migration }, json, () => {
    console.log(`The database is in ${path}: ${(bytes / 2 ** 20).toFixed(1)} MiB, as of ${manifest.created_at}.`)
    console.log(ABOUT_SECRETS)
  })
}

async function check(draft: string): Promise<BackupManifest> {
  try {
    return await unpackBackup(draft, null)
  } catch (error) {
    throw new OperationError(`what came is of no use, and no file is left: ${wordsOf(error)}`, { cause: error })
  }
}

/** A folder without a database is a mistake, and not to be answered with a backup of nothing. */
function refuseElsewhere({ databaseUrl, dataDir }: Settings): void {
  if (databaseUrl !== null) throw new UsageError(BACKUP_OF_POSTGRES)
  if (!existsSync(join(dataDir, 'database')))
    throw new UsageError(`there is no database in ${resolve(dataDir)}: is DATA_DIR right?`)
}
