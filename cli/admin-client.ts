import { resolve } from 'node:path'
import { request, type Dispatcher } from 'undici'
import { readAdminHandle, type AdminHandle } from '../services/set-up/admin-handle.ts'
import { DataDirInUseError, isDataDirInUse } from '../services/database/data-dir-lock.ts'
import type { Settings } from '../services/set-up/settings.ts'
import { OperationError, UsageError } from './failures.ts'

type Method = 'GET' | 'POST' | 'PATCH'

/**
 * Asks the admin API, with a path behind `/admin/v1`, and returns its JSON. Throws UsageError when what is asked for is
 * refused, OperationError on any other failure.
 */
export type AskAdmin = (method: Method, path: string, body?: object, headers?: Record<string, string>) => Promise<unknown>

const ANSWER_DEADLINE_MS = 60_000

/** The admin API of the server that runs on a data folder; null when none runs. */
export async function runningServer(dataDir: string): Promise<AskAdmin | null> {
  // A server that was killed leaves its handle behind, and somebody else may listen on its port now: only the lock, which
  // dies with its process, tells that the handle is alive.
  const handle = await handleOf(dataDir).catch((error: unknown) => {
    throw new OperationError(`the data folder ${dataDir} cannot be used: ${(error as Error).message}`, { cause: error })
  })
  return handle === null ? null : (method, path, body, headers) => askServer(handle, method, path, body, headers)
}

async function handleOf(dataDir: string): Promise<AdminHandle | null> {
  return isDataDirInUse(dataDir) ? await readAdminHandle(dataDir) : null
}

/** Uses the admin API of the running server or, when none runs, of one that lives as long as this and listens nowhere. */
export async function withAdmin<T>(settings: Settings, use: (ask: AskAdmin) => Promise<T>): Promise<T> {
  const ask = await runningServer(settings.dataDir)
  if (ask !== null) return await use(ask)
  console.error(`No server runs on ${resolve(settings.dataDir)}: using its database directly.`)
  const app = await openHere(settings)
  try {
    return await use(async (method, path, body, extra) => {
      const headers = { ...extra, authorization: `Bearer ${app.localAdminToken}` }
      const answer = await app.inject({
        method,
        url: `/admin/v1${path}`,
        headers,
        ...(body === undefined ? {} : { payload: body })
      })
      return resultOf(answer.statusCode, answer.body, 'Sluice')
    })
  } finally {
    await app.close()
  }
}

/** The gateway in this process. What it was built of so far when that fails is left to the end of the process. */
async function openHere(settings: Settings) {
  // Loaded only where it is needed: with a server at hand the command is quick.
  const [{ buildApp }, { pino }] = await Promise.all([import('../app.ts'), import('pino')])
  try {
    const app = await buildApp({
      settings: { ...settings, configFile: null, anthropicApiKey: null },
      logger: pino({ level: 'silent' })
    })
    await app.ready()
    return app
  } catch (error) {
    if (error instanceof DataDirInUseError) throw error
    const { message } = error as Error
    const hint = message.startsWith('Another Sluice') ? '; or run this where that one runs, with the same DATA_DIR' : ''
    throw new OperationError(`${message}${hint}`, { cause: error })
  }
}

async function askServer(
  { url, token }: AdminHandle,
  method: Method,
  path: string,
  body?: object,
  headers: Record<string, string> = {}
): Promise<unknown> {
  const response = await send(`${url}/admin/v1${path}`, token, method, body, headers)
  return resultOf(response.statusCode, await response.body.text(), `the server at ${url}`)
}

async function send(
  url: string,
  token: string,
  method: Method,
  body: object | undefined,
  extra: Record<string, string>
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, {
      method,
      headers: {
        ...extra,
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS)
    })
  } catch (error) {
    throw new OperationError(`the server does not answer at ${url}: ${(error as Error).message}`, { cause: error })
  }
}

function resultOf(status: number, text: string, who: string): unknown {
  if (status === 204) return null
  if (status === 200 || status === 201) return JSON.parse(text)
  const message = messageOf(text) ?? `status ${status}`
  if (status === 400 || status === 404 || status === 409) throw new UsageError(message)
  throw new OperationError(`${who} answered: ${message}`)
}

function messageOf(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } }
    return error?.message ?? null
  } catch {
    return null
  }
}
