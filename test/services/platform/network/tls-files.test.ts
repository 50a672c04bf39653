import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  endOfCertificate,
  readTlsIdentity,
  reloadTlsIdentity,
  type TlsIdentity
} from '../../../../services/platform/network/tls-files.ts'
import { certificate } from '../../../support/test-certificates.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

async function files(t: TestContext, { cert, key }: TlsIdentity) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-tls-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const paths = { certPath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') }
  await Promise.all([writeFile(paths.certPath, cert), writeFile(paths.keyPath, key)])
  return paths
}

const LOOPBACK = certificate('loopback')
const ELSEWHERE = certificate('elsewhere')

test('a certificate and its key are read', async (t) => {
  const identity = await readTlsIdentity(await files(t, LOOPBACK))
  assert.deepEqual(identity, LOOPBACK)
  assert.equal(new Date(endOfCertificate(identity)).getUTCFullYear(), 2126)
})

test('what cannot be used is refused by the name of its setting', async (t) => {
  const paths = await files(t, LOOPBACK)
  const refusal = (changes: object) => readTlsIdentity({ ...paths, ...changes })
  const { certPath, keyPath } = paths
  await assert.rejects(refusal({ certPath: `${certPath}.not` }), {
    message: /^TLS_CERT \S+ cannot be read: no such file or folder$/
  })
  await assert.rejects(refusal({ keyPath: tmpdir() }), { message: /^TLS_KEY \S+ cannot be read: it is a folder$/ })
  await assert.rejects(refusal({ certPath: keyPath }), { message: /^TLS_CERT \S+ is not a certificate in PEM$/ })
  await assert.rejects(refusal({ keyPath: certPath }), {
    message: /^TLS_KEY \S+ is not a private key without a passphrase in PEM$/
  })
  await writeFile(certPath, ELSEWHERE.cert)
  await assert.rejects(readTlsIdentity(paths), { message: /^TLS_KEY \S+ is not the key of the certificate in TLS_CERT \S+$/ })
})

test('a certificate that is renewed is taken up once its key is there, too; one that cannot be used changes nothing', async (t) => {
  const paths = await files(t, LOOPBACK)
  const clock = createVirtualClock()
  const lines: string[] = []
  const line = (_fields: object, message: string) => void lines.push(message)
  const used: TlsIdentity[] = []
  const log = { info: line, warn: line, error: line } as never
  const end = reloadTlsIdentity({ paths, identity: LOOPBACK, clock, log, use: (identity) => used.push(identity) })
  /** One look, which reads files: until the next is set. */
  async function look(): Promise<void> {
    await clock.advance(10_000)
    await until('it has looked', () => clock.pendingTimers() === 1)
  }
  await look()
  assert.deepEqual([used, lines], [[], ['TLS certificate in use']])
  await writeFile(paths.certPath, ELSEWHERE.cert)
  await look()
  await look()
  assert.deepEqual([used, lines.slice(1)], [[], ['the TLS certificate in use stays: what is in its files now cannot be used']])
  await writeFile(paths.keyPath, ELSEWHERE.key)
  await look()
  assert.deepEqual([used, lines.slice(2)], [[ELSEWHERE], ['TLS certificate in use']])
  end()
  assert.equal(clock.pendingTimers(), 0)
})

test('a certificate that is over is told of', async (t) => {
  const clock = createVirtualClock(Date.UTC(2127, 0, 1))
  const warned: string[] = []
  const log = { info() {}, error() {}, warn: (_fields: object, message: string) => void warned.push(message) } as never
  reloadTlsIdentity({ paths: await files(t, LOOPBACK), identity: LOOPBACK, clock, log, use() {} })()
  assert.deepEqual(warned, ['the TLS certificate has expired: clients will refuse it'])
})
