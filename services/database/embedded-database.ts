import { once } from 'node:events'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { lockDataDir } from './data-dir-lock.ts'
import type { EmbeddedDatabaseWorkerData } from './embedded-database-worker.ts'

export interface EmbeddedDatabase {
  /** For a pg pool or client. There is one session: a second connection waits until the first has ended. */
  connection: { host: string; port: number; user: string; database: string; max: 1 }
  stop: () => Promise<void>
}

export interface EmbeddedDatabaseOptions {
  dataDir: string
  /** Called once when the database ends without `stop`. The process should end too: nothing can be recorded any more. */
  onFailure: (error: Error) => void
}

export class EmbeddedDatabaseError extends Error {
  override name = 'EmbeddedDatabaseError'
}

const PORT = 5432
const STOP_DEADLINE_MS = 10_000

/**
 * Runs Postgres in a worker thread on the files of `dataDir`/database, which it takes for this process alone. It survives a
 * killed process, but not a power failure: nothing is synced to the disk. Throws EmbeddedDatabaseError or DataDirInUseError.
 */
export async function startEmbeddedDatabase({ dataDir, onFailure }: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  requireWritable(dataDir)
  const lock = lockDataDir(dataDir)
  // A Unix socket's path may have 107 bytes at most, so it cannot lie in the data folder.
  const socketDir = mkdtempSync(join(tmpdir(), 'sluice-'))
  const workerData: EmbeddedDatabaseWorkerData = {
    filesDir: join(dataDir, 'database'),
    socketPath: join(socketDir, `.s.PGSQL.${PORT}`)
  }
  const worker = new Worker(new URL('embedded-database-worker.ts', import.meta.url), { workerData })
  const ended = new Promise<Error>((resolve) => {
    worker.once('error', (error) => resolve(failure(error)))
    worker.once('exit', (code) => resolve(failure(new Error(`its thread exited with code ${code}`))))
  })
  const cleanUp = () => {
    rmSync(socketDir, { recursive: true, force: true })
    lock.release()
  }

  const startError = await Promise.race([once(worker, 'message').then(() => null, failure), ended])
  if (startError !== null) {
    await worker.terminate()
    cleanUp()
    throw startError
  }

  let stopping: Promise<void> | null = null
  void ended.then((error) => {
    if (stopping === null) onFailure(error)
  })

  async function stopOnce() {
    worker.postMessage('stop')
    const deadline = setTimeout(() => void worker.terminate(), STOP_DEADLINE_MS)
    await ended
    clearTimeout(deadline)
    await worker.terminate()
    cleanUp()
  }

  return {
    connection: { host: socketDir, port: PORT, user: 'postgres', database: 'postgres', max: 1 },
    stop: () => (stopping ??= stopOnce())
  }
}

function requireWritable(dataDir: string) {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new EmbeddedDatabaseError(`The data folder ${dataDir} cannot be written: make it writable or set DATA_DIR`, {
      cause: error
    })
  }
}

function failure(error: unknown) {
  const reason = error instanceof Error ? error.message : String(error)
  return new EmbeddedDatabaseError(`The embedded database failed: ${reason}`, { cause: error })
}
