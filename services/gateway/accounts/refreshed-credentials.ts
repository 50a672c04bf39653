import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Renewed credentials that are not in the database yet. */
export interface RefreshedCredentials {
  accountId: string
  accountName: string
  /** The fingerprint of the tokens they replace: nothing else in the database may be overwritten. */
  replaces: string
  sealed: Buffer
}

/** One file per account. Only this process may use the folder. */
export interface RefreshedCredentialsFolder {
  /** Replaces earlier ones of the account; resolves once they would survive a power cut. */
  write: (refreshed: RefreshedCredentials) => Promise<void>
  remove: (accountId: string) => Promise<void>
  /** What an earlier run of the process left, and the unreadable files, which stay. */
  readAll: () => Promise<{ refreshed: RefreshedCredentials[]; unreadable: string[] }>
}

const DRAFT_SUFFIX = '.draft'
const ACCOUNT_ID = /^\d+$/

interface Content {
  account_name: string
  replaces: string
  sealed: string
}

/** A refresh token is void once used: while the database is away, its successor must survive the process. */
export function createRefreshedCredentialsFolder(dir: string): RefreshedCredentialsFolder {
  return {
    async write({ accountId, accountName, replaces, sealed }) {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const content: Content = { account_name: accountName, replaces, sealed: sealed.toString('base64') }
      const draft = join(dir, `${accountId}${DRAFT_SUFFIX}`)
      // 'w' would keep the mode of an existing draft.
      await rm(draft, { force: true })
      await writeDurably(draft, JSON.stringify(content))
      await rename(draft, join(dir, accountId))
      await syncFolder(dir)
    },

    async remove(accountId) {
      await rm(join(dir, accountId), { force: true })
    },

    async readAll() {
      const refreshed: RefreshedCredentials[] = []
      const unreadable: string[] = []
      for (const name of await namesIn(dir)) {
        const path = join(dir, name)
        // The process ended while writing: what it was to replace is still valid, or gone anyway.
        if (name.endsWith(DRAFT_SUFFIX)) await rm(path, { force: true })
        else if (ACCOUNT_ID.test(name)) {
          const content = parseContent(await readFile(path, 'utf8'))
          if (content === null) unreadable.push(path)
          else {
            const { account_name: accountName, replaces, sealed } = content
            refreshed.push({ accountId: name, accountName, replaces, sealed: Buffer.from(sealed, 'base64') })
          }
        }
      }
      return { refreshed, unreadable }
    }
  }
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function parseContent(text: string): Content | null {
  try {
    const content = JSON.parse(text) as Partial<Content> | null
    const isWhole = [content?.account_name, content?.replaces, content?.sealed].every((value) => typeof value === 'string')
    return isWhole ? (content as Content) : null
  } catch {
    return null
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

/** A rename is durable when its folder is. */
async function syncFolder(dir: string): Promise<void> {
  await using folder = await open(dir)
  await folder.sync()
}
