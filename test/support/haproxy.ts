import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import { installed } from './debian-package.ts'

const CONFIG = fileURLToPath(new URL('../../deploy/haproxy.cfg', import.meta.url))

interface HaproxyOptions {
  replicas: readonly [string, string]
  /** A file with a certificate and its key; this process is to trust it. Without it there is no TLS. */
  certificate?: string
}

/** A real HAProxy with the configuration that is deployed, on loopback, before two addresses. Resolves to its URL. */
export async function startHaproxy(t: TestContext, { replicas, certificate = '' }: HaproxyOptions): Promise<string> {
  const program = installed('haproxy', findProgram, MISSING)
  const listen = `127.0.0.1:${await freePort()}`
  const env = { LISTEN: listen, SLUICE_1: replicas[0], SLUICE_2: replicas[1], CERTIFICATE: certificate }
  const url = `${certificate === '' ? 'http' : 'https'}://${listen}`
  // -db: in the foreground, so that it ends with the test.
  const child = spawn(program, ['-db', '-f', CONFIG], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let written = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written += text))
  const killWithUs = () => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const exited = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
    process.off('exit', killWithUs)
  })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`HAProxy ended: ${written}`)
    const answers = await fetch(`${url}/readyz`).then(
      () => true,
      () => false
    )
    if (answers) return url
  }
}

function findProgram(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, 'haproxy')).find((file) => existsSync(file)) ?? null
}

const MISSING = 'These tests need HAProxy 2.6 or newer: install the package "haproxy", so that haproxy is on PATH'
