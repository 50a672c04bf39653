import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Command } from 'commander'
import { counted } from '../services/platform/counted.ts'
import { wordsOf } from '../services/platform/error-words.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { withAdmin } from './admin-client.ts'
import { OperationError } from './failures.ts'
import { requireDatabase } from './no-database.ts'
import { refuseExisting, writeNewFile } from './new-file.ts'
import { command } from './operated-rows.ts'
import { printResult } from './print-result.ts'
import { createProgress, inBytes } from './progress.ts'
import { filePath } from './option-values.ts'

const ABOUT_SECRETS =
  'The stored credentials in it are sealed: keep SLUICE_SECRET_KEY, or the file secret-key of DATA_DIR, somewhere else. Without it they cannot be read.'

interface BackupOptions {
  force: boolean
  json: boolean
}

export function backupCommand(): Command {
  return command('backup', 'Writes all records to a file, also while servers run')
    .argument('<file>', 'the file to write', filePath)
    .option('--force', 'replace an existing file', false)
    .action(backup)
}

async function backup(path: string, { force, json }: BackupOptions): Promise<void> {
  const settings = readSettings(process.env)
  if (!(settings.commandServer instanceof URL)) await requireDatabase(settings)
  refuseExisting(path, force)
  const content = await withAdmin(settings, async (_ask, download) => {
    const { bytes, content } = await shown(await download('/backup'))
    return await writeNewFile(path, bytes, { force, check: () => content })
  })
  const { size: bytes } = await stat(path)
  const { created_at, migrations, rows, tables } = content
  const counts = { tables: tables.size, rows }
  printResult({ file: path, bytes, created_at, migration: migrations.at(-1)?.name ?? null, ...counts }, json, () => {
    console.log(
      `Wrote ${counted(rows, 'row')} of ${counted(tables.size, 'table')} to ${path}: ${inBytes(bytes)}, as of ${created_at}.`
    )
    console.log(ABOUT_SECRETS)
  })
}

/** What comes is read while it is written, so that no file is left of what is of no use. */
async function shown(source: Readable) {
  // Loaded only where it is needed.
  const { readInPassing } = await import('../services/operations/backup/read-in-passing.ts')
  const progress = createProgress()
  const { bytes, content } = readInPassing(source, async ({ table }, rows) => {
    let read = 0
    for await (const chunk of rows) progress.show(`${table}: ${inBytes((read += chunk.length))}`)
  })
  async function* told(): AsyncGenerator<Buffer> {
    try {
      yield* bytes
    } catch (error) {
      if ((error as Error).name !== 'BackupFileError') throw error
      throw new OperationError(`the backup is unusable and was deleted: ${wordsOf(error)}`, { cause: error })
    } finally {
      progress.end()
    }
  }
  return { bytes: async () => Readable.from(told()), content }
}
