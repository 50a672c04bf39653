import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/sluice-test/', import.meta.url))

/**
 * A folder that `make` has filled once for all test runs with the same installed packages and the same `version`. It is moved into
 * place whole, since test files run at once; nobody may change what is in it.
 */
export async function madeOnce(name: string, version: string, make: (dir: string) => Promise<void>): Promise<string> {
  const lock = await readFile(new URL('../../package-lock.json', import.meta.url))
  const place = join(FOLDER, `${name}-${createHash('sha256').update(lock).update(version).digest('hex').slice(0, 16)}`)
  if (existsSync(place)) return place
  await mkdir(FOLDER, { recursive: true })
  const draft = await mkdtemp(`${place}.`)
  await make(draft)
  await rename(draft, place).catch(() => rm(draft, { recursive: true, force: true }))
  return place
}
