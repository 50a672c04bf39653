import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileProblem } from '../../services/platform/file-problem.ts'
import { OperationError } from '../failures.ts'

/** What somebody is signed in with at one server. */
export interface KeptSignIn {
  url: string
  refreshToken: string
  accessToken: string
  /** Epoch milliseconds, by this machine's clock. */
  issuedAt: number
  expiresAt: number
  email: string | null
}

/** Longer than a renewal may take: whoever held it that long is gone. */
const STALE_LOCK_MS = 20_000
const LOCK_PAUSE_MS = 50

/** By the rules of XDG, which takes no relative path. */
function configFolder(): string {
  const given = process.env['XDG_CONFIG_HOME'] ?? ''
  return isAbsolute(given) ? given : join(homedir(), '.config')
}

/** In a file per server, which only the user may read. */
const pathOf = (url: string) => join(configFolder(), 'sluice', 'key-helper', `${encodeURIComponent(url)}.json`)

/** Null where there is none, and for what is none. Throws OperationError where it cannot be read. */
export async function readSignIn(url: string): Promise<KeptSignIn | null> {
  const path = pathOf(url)
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as Partial<KeptSignIn> | null
    const isWhole = typeof kept?.refreshToken === 'string' && typeof kept.accessToken === 'string' && kept.url === url
    return isWhole ? (kept as KeptSignIn) : null
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new OperationError(`${path} cannot be read: ${fileProblem(error)}`, { cause: error })
  }
}

/** Whole, or not at all. Throws OperationError where it cannot be written. */
export async function writeSignIn(kept: KeptSignIn): Promise<void> {
  const path = pathOf(kept.url)
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(draft, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw new OperationError(`${path} cannot be written: ${fileProblem(error)}`, { cause: error })
  }
}

export async function removeSignIn(url: string): Promise<void> {
  await rm(pathOf(url), { force: true })
}

/**
 * Has one process at a time look after the sign-in at a server. That saves renewals and no more: where no lock is to be had, such as in a
 * folder that is read-only, it goes without.
 */
export async function oneAtATime<T>(url: string, work: () => Promise<T>): Promise<T> {
  const lock = `${pathOf(url)}.lock`
  const isMine = await take(lock)
  try {
    return await work()
  } finally {
    if (isMine) await rm(lock, { force: true })
  }
}

async function take(lock: string): Promise<boolean> {
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close()
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
    if (await isLeftBehind(lock)) await rm(lock, { force: true })
    else await delay(LOCK_PAUSE_MS)
  }
}

/** Also where the clock was set back since, which would make it last. */
async function isLeftBehind(lock: string): Promise<boolean> {
  const since = await stat(lock).catch(() => null)
  return since !== null && Math.abs(Date.now() - since.mtimeMs) > STALE_LOCK_MS
}
