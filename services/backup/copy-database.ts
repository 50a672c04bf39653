import { constants } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Connectable } from '../records/queryable.ts'

/** What belongs to the running server. */
const NOT_COPIED = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal'])
/** Folders of which only the emptiness is wanted. */
const EMPTIED = new Set(['pg_dynshmem', 'pg_stat_tmp', 'pg_replslot'])

/**
 * Copies the embedded database's files while it runs, with the part of its log that makes them consistent, and returns its
 * newest migration.
 */
export async function copyDatabase(database: Connectable, filesDir: string, copyDir: string): Promise<string> {
  const client = await database.connect()
  try {
    const { rows } = await client.query<{ newest: string }>('select max(name) as newest from migrations')
    await client.query("select pg_backup_start('sluice', true)")
    await copyFolder(
      filesDir,
      copyDir,
      (source) => !NOT_COPIED.has(basename(source)) && !EMPTIED.has(basename(dirname(source)))
    )
    const { rows: stopped } = await client.query<{ label: string }>('select labelfile as label from pg_backup_stop(false)')
    await copyFolder(join(filesDir, 'pg_wal'), join(copyDir, 'pg_wal'), () => true)
    await writeFile(join(copyDir, 'backup_label'), stopped[0]?.label ?? '')
    client.release()
    return rows[0]?.newest ?? ''
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function copyFolder(from: string, to: string, isCopied: (source: string) => boolean): Promise<void> {
  await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, filter: isCopied })
}
