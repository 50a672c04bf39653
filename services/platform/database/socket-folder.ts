import { closeSync, mkdirSync, openSync, chmodSync, realpathSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'

export interface SocketFolder {
  /** The folder as Postgres, which works in the folder of its files, is told it. */
  relative: string
  /** For clients in this process. */
  url: string
  /** Removes what a server that was killed has left in it. */
  clear: () => void
  close: () => void
}

const SOCKET = '.s.PGSQL.5432'
/** What systems leave for the path of a socket: 108 bytes or, on macOS, 104, with a zero at the end. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/**
 * A folder for the socket that only this user may enter. It is in the data folder, so that a kill leaves nothing elsewhere; a
 * path that is too long for a socket is shortened by way of a file descriptor of this process.
 */
export function openSocketFolder(dir: string, filesDir: string): SocketFolder {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  chmodSync(dir, 0o700)
  const path = realpathSync(dir)
  const fits = Buffer.byteLength(join(path, SOCKET)) <= MAX_PATH_BYTES
  if (!fits && process.platform !== 'linux') {
    throw new EmbeddedDatabaseError(
      `The path ${path} is too long for a socket: set DATA_DIR to a shorter one, or set DATABASE_URL`
    )
  }
  const descriptor = fits ? null : openSync(path, 'r')
  const host = descriptor === null ? path : `/proc/self/fd/${descriptor}`
  return {
    relative: relative(realpathSync(filesDir), path),
    url: `postgres://postgres@localhost:5432/postgres?host=${encodeURIComponent(host)}&sslmode=disable`,
    clear() {
      for (const name of [SOCKET, `${SOCKET}.lock`]) rmSync(join(path, name), { force: true })
    },
    close() {
      if (descriptor !== null) closeSync(descriptor)
    }
  }
}
