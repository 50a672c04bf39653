import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NamedError } from '../named-error.ts'

interface DataDirLock {
  release: () => void
}

// The garbage collector closes a database that nobody refers to, and with it the lock of a caller that never releases it.
const held = new Set<DatabaseSync>()

export class DataDirInUseError extends NamedError {}

/**
 * Takes a folder for this process alone; the folder is created with mode 0700. Throws DataDirInUseError when another process,
 * or an earlier call of this one, holds it.
 */
export function lockDataDir(dir: string): DataDirLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const ownerFile = join(dir, 'lock.pid')
  // SQLite's exclusive lock is a POSIX record lock: the kernel frees it however the process ends, which no pid file can promise.
  const file = new DatabaseSync(join(dir, 'lock'), { timeout: 0 })
  try {
    file.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    if (!isBusy(error)) throw error
    throw new DataDirInUseError(
      `Another Sluice${ownerOf(ownerFile)} is using the data folder ${dir}: stop it, or give this one its own DATA_DIR`,
      { cause: error }
    )
  }
  writeFileSync(ownerFile, String(process.pid), { mode: 0o600 })
  held.add(file)
  return {
    release() {
      if (held.delete(file)) file.close()
    }
  }
}

/** Whether a process holds the folder now. */
export function isDataDirInUse(dir: string): boolean {
  // Whoever holds it has made the file; to look must not.
  if (!existsSync(join(dir, 'lock'))) return false
  try {
    lockDataDir(dir).release()
    return false
  } catch (error) {
    if (error instanceof DataDirInUseError) return true
    throw error
  }
}

function isBusy(error: unknown) {
  const SQLITE_BUSY = 5
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function ownerOf(ownerFile: string) {
  try {
    return ` (process ${readFileSync(ownerFile, 'utf8')})`
  } catch {
    return ''
  }
}
