import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileProblem } from '../services/platform/file-problem.ts'
import { readAdminHandle } from '../services/resources/set-up/admin-handle.ts'
import { isDataDirInUse } from '../services/platform/database/data-dir-lock.ts'
import type { Settings } from '../services/resources/set-up/settings.ts'
import { OperationError, UsageError } from './failures.ts'
import type { OwnServer } from './own-server.ts'
import { printable } from './printable.ts'
import {
  askServer,
  isInTheClear,
  noResponseOf,
  type AdminResponse,
  type Question,
  type ServerAddress
} from './remote-server.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Asks the admin API, with a path behind `/admin/v1`, and returns its JSON. Throws UsageError when what is asked for is
 * refused, OperationError on any other failure. `told` hears the status of a response that is none of these.
 */
export type AskAdmin = (
  method: Method,
  path: string,
  body?: object,
  headers?: Record<string, string>,
  told?: (status: number) => void
) => Promise<unknown>

/** Posts to a path of the admin API whose response is a file. Throws as AskAdmin does. */
export type DownloadAdmin = (path: string) => Promise<Readable>

interface Access {
  ask: AskAdmin
  download: DownloadAdmin
}

const RESPONSE_DEADLINE_MS = 60_000

/**
 * Uses the admin API of the server that SLUICE_URL names, of the one that runs on the data folder or, when none does, of one
 * that lives as long as this and listens nowhere.
 */
export async function withAdmin<T>(
  settings: Settings,
  use: (ask: AskAdmin, download: DownloadAdmin) => Promise<T>
): Promise<T> {
  const useOf = ({ ask, download }: Access) => use(ask, download)
  const server = await serverOf(settings)
  if (server !== null) return await useOf(accessToServer(server))
  const isHeld = settings.databaseUrl === null && (await isUsed(settings.dataDir))
  if (settings.commandServer !== 'local') {
    if (isHeld) throw new OperationError(saysNothing(settings))
  } else if (isHeld) {
    const place = resolve(settings.dataDir)
    throw new UsageError(`the embedded database in ${place} is in use by its server: stop the server, or leave out --local`)
  }
  const own = ownServer(settings)
  try {
    return await useOf(accessTo(own.ask, 'Sluice'))
  } finally {
    await own.close()
  }
}

/** Opened for the first question: one that only reads does not make a database where there is none. */
function ownServer(settings: Settings) {
  let server: Promise<OwnServer> | null = null

  async function open(question: Question): Promise<OwnServer> {
    if (onlyReads(question)) await (await import('./no-database.ts')).requireDatabase(settings)
    if (settings.commandServer !== 'local') console.error(`${nobodyRuns(settings)}: using its database directly.`)
    return await (await import('./own-server.ts')).openOwnServer(settings)
  }

  return {
    async ask(question: Question): Promise<AdminResponse> {
      server ??= open(question)
      return await (await server).ask(question)
    },
    async close(): Promise<void> {
      await (await server?.catch(() => null))?.close()
    }
  }
}

const onlyReads = ({ method, body }: Question) =>
  method === 'GET' || (body !== undefined && 'dry_run' in body && body.dry_run === true)

/**
 * A server that serves clients, for what only such a one can tell, and for longer: when the one on the data folder is started
 * anew, its next life is asked. Throws OperationError when there is none.
 */
export async function runningServer(settings: Settings): Promise<{ url: string; ask: AskAdmin }> {
  const { commandServer, dataDir } = settings
  if (commandServer === 'local') throw new UsageError('this needs a running server: leave out --local')
  const first = await serverOf(settings)
  if (first === null) throw new OperationError(`${nobodyRuns(settings)}: start it, or name one with --url`)
  return {
    url: first.url,
    async ask(...question) {
      // The token of a life that has ended is of no use to anybody who listens there now.
      const next = commandServer === null ? await readAdminHandle(dataDir).catch(unusable(dataDir)) : null
      return await accessToServer(next ?? first).ask(...question)
    }
  }
}

/** The folder is held, and by nobody who can be asked. */
const saysNothing = ({ dataDir }: Settings) =>
  `${resolve(dataDir)} is in use, by a server that is only starting or stopping, or by another command: try again in a moment`

const nobodyRuns = ({ dataDir }: Settings) => `No server runs on ${resolve(dataDir)}`

const accessToServer = (server: ServerAddress) =>
  accessTo((question) => askServer(server, question), `the server at ${server.url}`)

/** The server to speak to; null when none runs on these settings, or none is wanted. */
async function serverOf(settings: Settings): Promise<ServerAddress | null> {
  const { commandServer, adminToken, dataDir } = settings
  if (commandServer === 'local') return null
  if (commandServer !== null) return namedServer(commandServer, adminToken)
  // A server that was killed leaves its handle behind, and somebody else may listen on its port now: only the lock, which
  // dies with its process, tells that the handle is alive.
  return (await isUsed(dataDir)) ? await readAdminHandle(dataDir).catch(unusable(dataDir)) : null
}

function namedServer(address: URL, token: string | null): ServerAddress {
  const url = address.href.replace(/\/+$/, '')
  if (token === null) throw new UsageError(`set SLUICE_ADMIN_TOKEN to the admin token of ${url}`)
  if (isInTheClear(address)) console.error(`warning: the admin token goes to ${url} in the clear: use https`)
  return { url, token }
}

async function isUsed(dataDir: string): Promise<boolean> {
  try {
    return isDataDirInUse(dataDir)
  } catch (error) {
    return unusable(dataDir)(error)
  }
}

const unusable =
  (dataDir: string) =>
  (error: unknown): never => {
    throw new OperationError(`the data folder ${dataDir} cannot be used: ${fileProblem(error)}`, { cause: error })
  }

function accessTo(ask: (question: Question) => Promise<AdminResponse>, who: string): Access {
  async function textOf(response: AdminResponse): Promise<{ status: number; text: string }> {
    try {
      return { status: response.status, text: await text(response.body) }
    } catch (error) {
      throw noResponseOf(`${who} broke off its response`, error)
    }
  }

  return {
    async ask(method, path, body, headers = {}, told = () => {}) {
      const response = await ask({ method, path, body, headers, deadlineMs: RESPONSE_DEADLINE_MS })
      const result = resultOf(await textOf(response), who)
      told(response.status)
      return result
    },
    async download(path) {
      const response = await ask({ method: 'POST', path, body: undefined, headers: {}, deadlineMs: null })
      if (response.status === 200) return response.body
      return failOf(await textOf(response), who)
    }
  }
}

function resultOf(response: { status: number; text: string }, who: string): unknown {
  if (response.status === 204) return null
  const value = parsed(response.text)
  return (response.status === 200 || response.status === 201) && value !== undefined ? value : failOf(response, who)
}

function failOf({ status, text }: { status: number; text: string }, who: string): never {
  const message = messageOf(parsed(text))
  if (message !== null && (status === 400 || status === 404 || status === 409)) throw new UsageError(message)
  throw new OperationError(`${who} answered: ${message ?? `status ${status}, which is not a response of Sluice’s admin API`}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function messageOf(response: unknown): string | null {
  const message = (response as { error?: { message?: unknown } } | null | undefined)?.error?.message
  return typeof message === 'string' ? message.split('\n').map(printable).join('\n') : null
}
