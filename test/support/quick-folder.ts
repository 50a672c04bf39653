import { execFile } from 'node:child_process'
import { accessSync, constants, statfsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const MEMORY = '/dev/shm'

/** So much is never needed at once; a container often has 64 MB. */
const ROOM_BYTES = 2 * 1024 ** 3

/**
 * A new folder for the files of a Postgres: in memory where there is room. A database is a thousand files, and making that many where
 * as many were just removed costs a file system on disk more than anything else that a test does.
 */
export const quickFolder = (prefix: string): Promise<string> => mkdtemp(join(hasRoom() ? MEMORY : tmpdir(), prefix))

/** For a Postgres that holds much, or is measured. */
export const diskFolder = (prefix: string): Promise<string> => mkdtemp(join(tmpdir(), prefix))

/** To a place where nothing is yet. Node's own way takes four times as long, and its quick one keeps no permissions. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await run('cp', ['-Rp', from, to])
}

function hasRoom(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ROOM_BYTES
  } catch {
    return false
  }
}
