import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import { fileProblem } from '../file-problem.ts'
import type { Clock, Timer } from '../clock.ts'
import { NamedError } from '../named-error.ts'

/** Where a certificate and its key are. */
export interface TlsPaths {
  certPath: string
  keyPath: string
}

/** What a server shows of itself, PEM. */
export interface TlsIdentity {
  /** The server's own certificate first, then those that lead to an authority. */
  cert: string
  key: string
}

/** Says which setting's file is wrong, and how. */
export class TlsFilesError extends NamedError {}

/** Throws TlsFilesError for files that cannot be read, that are no certificate and key, or that do not belong together. */
export async function readTlsIdentity({ certPath, keyPath }: TlsPaths): Promise<TlsIdentity> {
  const [cert, key] = await Promise.all([textOf('TLS_CERT', certPath), textOf('TLS_KEY', keyPath)])
  const certificate = parsed('TLS_CERT', certPath, 'a certificate', () => new X509Certificate(cert))
  const privateKey = parsed('TLS_KEY', keyPath, 'a private key without a passphrase', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsFilesError(`TLS_KEY ${keyPath} is not the key of the certificate in TLS_CERT ${certPath}`)
  }
  return { cert, key }
}

/** When the certificate ends, epoch milliseconds. */
export const endOfCertificate = ({ cert }: TlsIdentity): number => new X509Certificate(cert).validToDate.getTime()

async function textOf(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new TlsFilesError(`${name} ${path} cannot be read: ${fileProblem(error)}`, { cause: error })
  }
}

function parsed<T>(name: string, path: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new TlsFilesError(`${name} ${path} is not ${what} in PEM`, { cause: error })
  }
}

/** Files are looked at this often: whoever renews a certificate does so days before the old one ends. */
const LOOK_MS = 10_000

interface TlsReloadOptions {
  paths: TlsPaths
  /** What is in use. */
  identity: TlsIdentity
  clock: Pick<Clock, 'now' | 'setTimer'>
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Has connections that are opened from now on see another certificate. */
  use: (identity: TlsIdentity) => void
}

/**
 * Takes up a certificate that was renewed in place. One that cannot be used, such as a certificate whose key is still to be written, changes
 * nothing and is told once. Returns how to end it.
 */
export function reloadTlsIdentity({ paths, identity, clock, log, use }: TlsReloadOptions): () => void {
  let timer: Timer
  let closed = false
  let current = identity
  let told: string | null = null
  tellOfEnd()
  schedule()

  function schedule(): void {
    if (!closed) timer = clock.setTimer(() => void look().finally(schedule), LOOK_MS)
  }

  async function look(): Promise<void> {
    try {
      const found = await readTlsIdentity(paths)
      if (closed) return
      told = null
      if (found.cert === current.cert && found.key === current.key) return
      use(found)
      current = found
      tellOfEnd()
    } catch (err) {
      const { message } = err as Error
      if (message !== told) log.error({ err }, 'the TLS certificate in use stays: what is in its files now cannot be used')
      told = message
    }
  }

  function tellOfEnd(): void {
    const endsAt = endOfCertificate(current)
    const ends = new Date(endsAt).toISOString()
    if (endsAt <= clock.now()) log.warn({ ends }, 'the TLS certificate has expired: clients will refuse it')
    else log.info({ ends }, 'TLS certificate in use')
  }

  return () => {
    closed = true
    timer.cancel()
  }
}
