import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Client } from 'pg'
import { unpackBackup, type BackupManifest } from '../services/backup/backup-file.ts'
import { RESTORE_OF_POSTGRES } from '../services/backup/of-postgres.ts'
import { lockDataDir } from '../services/database/data-dir-lock.ts'
import { startEmbeddedDatabase } from '../services/database/embedded-database.ts'
import { migrate, type MigrationReport } from '../services/database/migrations.ts'
import { replaceDatabase } from '../services/database/replaced-database.ts'
import { examineSecrets } from '../services/doctor/examine-database.ts'
import type { Finding } from '../services/doctor/findings.ts'
import { readSecretKeys } from '../services/secret-key-file.ts'
import { readSettings, type Settings } from '../services/set-up/settings.ts'
import { confirm } from './confirm.ts'
import { OperationError, UsageError } from './failures.ts'
import { printVerification, verifyDatabase, type Verification } from './ledger.ts'
import { command, YES } from './operated-rows.ts'
import { printResult } from './print-result.ts'

interface RestoreOptions {
  yes?: boolean
  json: boolean
}

interface Examined extends MigrationReport {
  ledger: Verification
  secrets: Finding
}

export function restoreCommand(): Command {
  return command('restore', 'Puts a backup in the place of the embedded database, which no server may have open')
    .argument('<file>')
    .option(...YES)
    .action(restore)
}

async function restore(path: string, { yes = false, json }: RestoreOptions): Promise<void> {
  const settings = readSettings(process.env)
  const { databaseUrl, dataDir } = settings
  if (databaseUrl !== null) throw new UsageError(RESTORE_OF_POSTGRES)
  const lock = lockDataDir(dataDir)
  const draftDir = join(dataDir, 'restore.draft')
  try {
    await rm(draftDir, { recursive: true, force: true })
    const manifest = await unpack(path, join(draftDir, 'database'))
    const examined = await examine(draftDir, settings)
    const kept = await putInPlace(manifest, dataDir, draftDir, yes)
    printResult({ file: path, created_at: manifest.created_at, ...examined, kept }, json, () =>
      print(manifest, examined, dataDir, kept)
    )
    warn(examined)
    if (!examined.ledger.ok) throw new OperationError(`the ledger is wrong in ${examined.ledger.found} places`)
  } finally {
    await rm(draftDir, { recursive: true, force: true })
    lock.release()
  }
}

async function unpack(path: string, filesDir: string): Promise<BackupManifest> {
  try {
    return await unpackBackup(path, filesDir)
  } catch (error) {
    const { name, path: failed, message } = error as NodeJS.ErrnoException
    const isOfFile = name === 'BackupFileError' || failed === path
    throw isOfFile ? new UsageError(`${path} cannot be restored: ${message}`, { cause: error }) : error
  }
}

/** Brings the unpacked database to this program's version, and looks whether all is well in it, before it is put in place. */
async function examine(draftDir: string, { secretKeys, dataDir }: Settings): Promise<Examined> {
  const database = await startEmbeddedDatabase({ dataDir: draftDir })
  const client = new Client({ connectionString: database.url })
  try {
    await client.connect()
    const migrations = await migrate(client)
    const ledger = await verifyDatabase(client)
    const secrets = await examineSecrets(client, secretKeys ?? readSecretKeys(dataDir) ?? [])
    return { ...migrations, ledger, secrets }
  } finally {
    await client.end()
    await database.stop()
  }
}

/** Returns where the old database is kept; null when there was none. */
async function putInPlace(manifest: BackupManifest, dataDir: string, draftDir: string, yes: boolean): Promise<string | null> {
  const filesDir = join(dataDir, 'database')
  const isThere = existsSync(filesDir)
  if (isThere) {
    await confirm(`The database in ${resolve(dataDir)} will be replaced by the one of ${manifest.created_at}.`, yes)
  }
  const keptDir = `${filesDir}.before-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  replaceDatabase(filesDir, join(draftDir, 'database'), keptDir)
  return isThere ? keptDir : null
}

function print({ created_at: at }: BackupManifest, { applied, ledger }: Examined, dataDir: string, kept: string | null) {
  console.log(`The database in ${resolve(dataDir)} is the one of ${at} now.`)
  if (kept !== null) console.log(`The old one is kept in ${kept}.`)
  for (const name of applied) console.log(`applied  ${name}`)
  printVerification(ledger)
}

function warn({ newer, secrets }: Examined): void {
  if (newer.length > 0) console.error(`warning: the database is newer than this program: it has ${newer.join(', ')}`)
  if (!secrets.ok) {
    console.error(
      `warning: stored secrets ${secrets.message}: set SLUICE_SECRET_KEY as it was, or put the file secret-key that was beside that database into DATA_DIR`
    )
  }
}
