import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { TestContext } from 'node:test'

const read = (file: string) => readFileSync(new URL(`tls/${file}`, import.meta.url), 'utf8')

/** Who a server says it is: tls/README.md has the names. */
export type CertificateName = 'loopback' | 'elsewhere'

export function certificate(name: CertificateName): { key: string; cert: string } {
  return { key: read(`${name}.key`), cert: read(`${name}.pem`) }
}

/** Has this process trust the authority of the test certificates for the rest of the test, as NODE_EXTRA_CA_CERTS would. */
export function trustTestAuthority(t: TestContext): void {
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, read('ca.pem')])
  t.after(() => setDefaultCACertificates(before))
}
