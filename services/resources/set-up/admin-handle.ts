import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The address and token with which the `sluice` command on this machine reaches the running server. */
interface AdminHandle {
  url: string
  token: string
}

const fileOf = (dataDir: string) => join(dataDir, 'admin.json')

export async function writeAdminHandle(dataDir: string, handle: AdminHandle): Promise<void> {
  const begun = `${fileOf(dataDir)}.new`
  await rm(begun, { force: true }) // so that the mode is ours, whatever existed before
  await writeFile(begun, `${JSON.stringify(handle)}\n`, { mode: 0o600 })
  await rename(begun, fileOf(dataDir)) // nobody reads a partial file
}

/** Null when no server has left one. A killed server leaves its own behind, though nothing answers there any more. */
export async function readAdminHandle(dataDir: string): Promise<AdminHandle | null> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as AdminHandle
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

export async function forgetAdminHandle(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true })
}
