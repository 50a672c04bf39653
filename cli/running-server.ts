import { request, type Dispatcher } from 'undici'
import { readAdminHandle } from '../services/set-up/admin-handle.ts'
import { isDataDirInUse } from '../services/database/data-dir-lock.ts'
import { OperationError, UsageError } from './failures.ts'

const ANSWER_DEADLINE_MS = 60_000

/**
 * Posts to the server that runs on a data folder and returns its JSON; null when none runs. Throws UsageError when the server
 * refuses what is asked, OperationError on any other failure.
 */
export async function askServer(dataDir: string, path: string, body: object): Promise<unknown> {
  // A server that was killed leaves its handle behind, and somebody else may listen on its port now: only the lock, which
  // dies with its process, tells that the handle is alive.
  if (!isDataDirInUse(dataDir)) return null
  const handle = await readAdminHandle(dataDir)
  if (handle === null) return null
  const response = await post(`${handle.url}${path}`, handle.token, body)
  if (response === null) return null
  const text = await response.body.text()
  if (response.statusCode === 200) return JSON.parse(text)
  const message = messageOf(text) ?? `status ${response.statusCode}`
  if (response.statusCode === 400) throw new UsageError(message)
  throw new OperationError(`the server at ${handle.url} answered: ${message}`)
}

async function post(url: string, token: string, body: object): Promise<Dispatcher.ResponseData | null> {
  try {
    return await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS)
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return null
    throw new OperationError(`the server at ${url} does not answer: ${(error as Error).message}`, { cause: error })
  }
}

function messageOf(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } }
    return error?.message ?? null
  } catch {
    return null
  }
}
