import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Client } from 'pg'
import { readBackup } from '../services/operations/backup/backup-file.ts'
import { restoreDatabase, type Restored } from '../services/operations/backup/restore-database.ts'
import { examineSecrets } from '../services/operations/doctor/examine-database.ts'
import type { Finding } from '../services/operations/doctor/findings.ts'
import { counted } from '../services/platform/counted.ts'
import { fileProblem } from '../services/platform/file-problem.ts'
import { wordsOf } from '../services/platform/error-words.ts'
import { readSecretKeys } from '../services/platform/secret-key-file.ts'
import { readSettings, type Settings } from '../services/resources/set-up/settings.ts'
import { NegativeAnswer, OperationError, UsageError } from './failures.ts'
import { printVerified, verifyDatabase, type Verified } from './ledger.ts'
import { withConnection } from './open-database.ts'
import { printResult } from './print-result.ts'
import { createProgress, inBytes } from './progress.ts'

interface Examined extends Restored {
  ledger: Verified
  secrets: Finding
}

/** Throws UsageError for a file, or a database, that cannot be used for it. */
export async function restore(path: string, { json }: { json: boolean }): Promise<void> {
  const settings = readSettings(process.env)
  // Whole, before anything is made or opened: a data folder, a database.
  const bytes = await readWhole(path)
  const restored = await withConnection(settings, async (client) => {
    const restored = await restoreInto(client, path, bytes)
    return { ...restored, ledger: await verifyDatabase(client), secrets: await examineSecrets(client, keysOf(settings)) }
  })
  const { tables, created_at, rows, applied, leftOut: left_out, ledger, secrets } = restored
  printResult({ file: path, created_at, tables: tables.size, rows, applied, left_out, ledger, secrets }, json, () =>
    print(restored, settings)
  )
  warn(restored)
  if (!ledger.ok) throw new NegativeAnswer(`the ledger is wrong in ${counted(ledger.found, 'place')}`)
}

const keysOf = ({ secretKeys, dataDir }: Settings) => secretKeys ?? readSecretKeys(dataDir) ?? []

/** How many bytes of rows are in the file. Throws UsageError for one that is not to be restored. */
async function readWhole(path: string): Promise<number> {
  const progress = createProgress()
  let bytes = 0
  try {
    await readBackup(createReadStream(path), async (_table, rows) => {
      for await (const chunk of rows) progress.show(`reading ${path}: ${inBytes((bytes += chunk.length))}`)
    })
    return bytes
  } catch (error) {
    const { name, path: failed, code } = error as NodeJS.ErrnoException
    const isOfFile = name === 'BackupFileError' || failed === path || code === 'EISDIR'
    throw isOfFile ? new UsageError(`${path} cannot be restored: ${fileProblem(error)}`, { cause: error }) : error
  } finally {
    progress.end()
  }
}

async function restoreInto(client: Client, path: string, bytes: number): Promise<Restored> {
  const progress = createProgress()
  let done = 0
  try {
    return await restoreDatabase(client, createReadStream(path), {
      onProgress(table, more) {
        done += more
        progress.show(`${table}: ${inBytes(done)} of ${inBytes(bytes)}`)
      }
    })
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'RestoreRefused') throw new UsageError(`${path} cannot be restored: ${message}`, { cause: error })
    throw new OperationError(`nothing was restored: ${wordsOf(error)}`, { cause: error })
  } finally {
    progress.end()
  }
}

function print({ created_at: at, rows, tables, applied, leftOut, ledger }: Examined, { databaseUrl, dataDir }: Settings): void {
  const place = databaseUrl === null ? `The database in ${resolve(dataDir)}` : 'The database at DATABASE_URL'
  console.log(`${place} is now as it was at ${at}: ${counted(rows, 'row')} in ${counted(tables.size, 'table')}.`)
  for (const name of applied) console.log(`applied  ${name}`)
  for (const name of leftOut) console.log(`left out  ${name}, which is not a table of Sluice`)
  printVerified(ledger)
}

function warn({ secrets }: Examined): void {
  if (secrets.ok) return
  console.error(
    `warning: stored secrets ${secrets.message}: set SLUICE_SECRET_KEY as it was, or put the file secret-key that was beside that database into DATA_DIR`
  )
}
