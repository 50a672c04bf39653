import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Credentials that were renewed, until the record has them. */
export interface RefreshedCredentials {
  accountId: string
  accountName: string
  /** The fingerprint of the tokens whose place they take: on record nothing else may be overwritten. */
  replaces: string
  sealed: Buffer
}

/** One file per account. Nobody but its process may use the folder. */
export interface RefreshedCredentialsFolder {
  /** Resolves once the credentials would outlive a power cut, in place of earlier ones of the account. */
  write: (refreshed: RefreshedCredentials) => Promise<void>
  remove: (accountId: string) => Promise<void>
  /** What an earlier life of the process left, and the files that are not readable, which stay. */
  readAll: () => Promise<{ refreshed: RefreshedCredentials[]; unreadable: string[] }>
}

const DRAFT_SUFFIX = '.draft'
const ACCOUNT_ID = /^\d+$/

interface Content {
  account_name: string
  replaces: string
  sealed: string
}

/** A refresh token is void once it was used: when the database is away, its successor must not be lost with the process. */
export function createRefreshedCredentialsFolder(dir: string): RefreshedCredentialsFolder {
  return {
    async write({ accountId, accountName, replaces, sealed }) {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const content: Content = { account_name: accountName, replaces, sealed: sealed.toString('base64') }
      const draft = join(dir, `${accountId}${DRAFT_SUFFIX}`)
      // 'w' would keep the mode of a draft that is there already.
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
        // The process ended while it wrote: what it was to replace is still good, or nobody has it any more.
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
