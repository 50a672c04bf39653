import type { Readable } from 'node:stream'
import { wordsOf } from '../services/platform/error-words.ts'
import { operatorHeaders } from './os-user.ts'
import { OperationError } from './failures.ts'

export interface ServerAddress {
  /** Without a slash at its end. */
  url: string
  token: string
}

export interface Question {
  method: string
  /** Behind `/admin/v1`. */
  path: string
  body: object | undefined
  headers: Record<string, string>
  /** Of the whole response; null where it may take as long as bytes keep coming. */
  deadlineMs: number | null
}

export interface AdminResponse {
  status: number
  body: Readable
}

/** Throws OperationError where there is no response; its message never has the token. */
export async function askServer(
  { url, token }: ServerAddress,
  { method, path, body, headers, deadlineMs }: Question
): Promise<AdminResponse> {
  // It takes longer to load than most of what is done without it.
  const { request } = await import('undici')
  try {
    const response = await request(`${url}/admin/v1${path}`, {
      method,
      headers: {
        ...headers,
        ...operatorHeaders(),
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(deadlineMs === null ? {} : { signal: AbortSignal.timeout(deadlineMs) })
    })
    return { status: response.statusCode, body: response.body }
  } catch (error) {
    throw noResponseOf(`the server does not answer at ${url}`, error)
  }
}

export function noResponseOf(what: string, error: unknown): OperationError {
  return new OperationError(`${what}: ${wordsOf(error)}${remedyOf(error)}`, { cause: error })
}

function remedyOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const isOfCertificate = /CERT|UNABLE_TO_(GET|VERIFY)/.test(code)
  return isOfCertificate ? '; NODE_EXTRA_CA_CERTS may name a file of authorities to trust as well' : ''
}

/** Whether the token would be for everybody to read who is on the way there. */
export function isInTheClear({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
