import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lockDataDir } from './data-dir-lock.ts'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'
import { createPostgresServer, initializeCluster } from './postgres-server.ts'
import { findPostgresPrograms } from './postgres-programs.ts'
import { openSocketFolder, type SocketFolder } from './socket-folder.ts'
import { diskFull } from './start-failures.ts'
import type { PostgresLogger } from './postgres-log.ts'

export interface EmbeddedDatabase {
  /** For a pg pool or client of this process. It stays the same when the server is started again. */
  url: string
  stop: () => Promise<void>
}

interface EmbeddedDatabaseOptions {
  dataDir: string
  /** Nothing is logged by default. */
  logger?: PostgresLogger
}

const MAJOR_VERSION = '18'
const IGNORE = () => {}
const SILENT: PostgresLogger = { debug: IGNORE, info: IGNORE, warn: IGNORE, error: IGNORE }

/** Whether there is a database in this data folder. */
export const hasEmbeddedDatabase = (dataDir: string): boolean => existsSync(join(dataDir, 'database', 'PG_VERSION'))

/**
 * Runs a Postgres on the files of `dataDir`/database, which it makes at the first start and takes for this process alone. When
 * it ends by itself it is started again. It is reached through a socket that nobody else may use, and gone soon after this
 * process, however that ended. Throws EmbeddedDatabaseError or DataDirInUseError.
 */
export async function startEmbeddedDatabase({ dataDir, logger = SILENT }: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  requireWritable(dataDir)
  // Postgres and initdb are started in other folders.
  const filesDir = resolve(dataDir, 'database')
  try {
    const lock = lockDataDir(dataDir)
    try {
      return await start(dataDir, filesDir, logger, lock.release)
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(filesDir) : error
  }
}

/** For a client beside the server that runs on the files of `dataDir`/database; `close` when it has ended. */
export function besideRunningDatabase(dataDir: string): Pick<SocketFolder, 'url' | 'close'> {
  return openSocketFolder(join(dataDir, 'database-socket'), resolve(dataDir, 'database'))
}

async function start(
  dataDir: string,
  filesDir: string,
  logger: PostgresLogger,
  release: () => void
): Promise<EmbeddedDatabase> {
  const programs = findPostgresPrograms(resolve(dataDir, 'database-libraries'))
  if (!existsSync(filesDir)) {
    logger.info({ folder: filesDir }, 'the embedded database is being created')
    await initialize(programs, filesDir)
  }
  examineFiles(filesDir)
  const socket = openSocketFolder(join(dataDir, 'database-socket'), filesDir)
  try {
    const server = createPostgresServer({ programs, filesDir, socketDir: socket.relative, clearSocket: socket.clear, logger })
    await server.start()
    return {
      url: socket.url,
      async stop() {
        await server.stop()
        socket.close()
        release()
      }
    }
  } catch (error) {
    socket.close()
    throw error
  }
}

function requireWritable(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new EmbeddedDatabaseError(`The data folder ${dataDir} cannot be written: make it writable or set DATA_DIR`, {
      cause: error
    })
  }
}

/** Made beside its place and moved, so that a kill at any moment leaves either no database or a whole one. */
async function initialize(programs: Parameters<typeof initializeCluster>[0], filesDir: string): Promise<void> {
  const draftDir = `${filesDir}.draft`
  // Of one that was killed, whose last files may come while the first go.
  rmSync(draftDir, { recursive: true, force: true, maxRetries: 10 })
  try {
    await initializeCluster(programs, draftDir)
    renameSync(draftDir, filesDir)
  } catch (error) {
    rmSync(draftDir, { recursive: true, force: true, maxRetries: 10 })
    throw error
  }
}

function examineFiles(filesDir: string): void {
  const version = versionOf(filesDir)
  if (version !== MAJOR_VERSION) {
    throw new EmbeddedDatabaseError(
      `The folder ${filesDir} is of PostgreSQL ${version}, and this version of Sluice brings ${MAJOR_VERSION}: go on with the version that made it, make a backup there and restore it here`
    )
  }
  const { uid } = statSync(filesDir)
  const self = process.geteuid?.()
  if (self !== undefined && uid !== self) {
    throw new EmbeddedDatabaseError(
      `The folder ${filesDir} belongs to another user (${uid}): run Sluice as that user, or change its owner`
    )
  }
  // A volume may come with rights for a group, which Postgres refuses.
  chmodSync(filesDir, 0o700)
}

function versionOf(filesDir: string): string {
  try {
    return readFileSync(join(filesDir, 'PG_VERSION'), 'utf8').trim()
  } catch (error) {
    throw new EmbeddedDatabaseError(`The folder ${filesDir} contains no database: move it away, or set DATA_DIR`, {
      cause: error
    })
  }
}
