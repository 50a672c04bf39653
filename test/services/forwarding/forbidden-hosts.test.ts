import assert from 'node:assert/strict'
import type { LookupFunction } from 'node:net'
import { test } from 'node:test'
import { request } from 'undici'
import { systemClock } from '../../../services/clock.ts'
import { parseProxyUrl, proxyUrlProblem } from '../../../services/forwarding/proxy-url.ts'
import { createUpstreamPools } from '../../../services/forwarding/upstream-pools.ts'
import { baseUrlProblem } from '../../../services/set-up/base-url.ts'
import { startSimulatedUpstream } from '../../support/simulated-upstream.ts'

const FORBIDDEN = [
  '169.254.169.254',
  '169.254.170.2',
  '2852039166', // the same as one number, in hexadecimal and in octal
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '[fe80::1]',
  '[febf::1]',
  '[fd00:ec2::254]',
  '[::ffff:169.254.169.254]',
  '100.100.100.200',
  'metadata.google.internal',
  'METADATA.google.internal.'
]
const ALLOWED = ['127.0.0.1', 'localhost', '[::1]', '10.0.0.1', '192.168.1.1', '[fd00::1]', 'api.anthropic.com', '169.253.1.1']

test('a base URL or a proxy at a link-local or metadata address is refused, however it is written', () => {
  for (const host of FORBIDDEN) {
    assert.match(baseUrlProblem(`http://${host}:8080`)!, /metadata/, host)
    for (const scheme of ['http', 'https', 'socks5'])
      assert.match(proxyUrlProblem(`${scheme}://${host}:1080`)!, /metadata/, host)
  }
  for (const host of ALLOWED) {
    assert.equal(baseUrlProblem(`http://${host}:8080`), null, host)
    assert.equal(proxyUrlProblem(`socks5://${host}:1080`), null, host)
  }
})

/** A resolver that answers with this address, whatever is asked. */
const resolvesTo =
  (address: string): LookupFunction =>
  (_name, options, callback) => {
    const family = address.includes(':') ? 6 : 4
    if (options.all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }

test('a name that leads to one when it is connected to is refused then, of an upstream and of a proxy', async (t) => {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const { port } = new URL(upstream.url)
  async function reach(address: string, proxy: string | null) {
    const pools = createUpstreamPools({ connectTimeoutMs: 2000, clock: systemClock, lookup: resolvesTo(address) })
    t.after(() => pools.close())
    const origin = `http://rebound.example:${port}`
    const dispatcher = pools.dispatcherFor(origin, proxy === null ? null : parseProxyUrl(proxy))
    const { statusCode } = await request(origin, { dispatcher, method: 'HEAD' })
    return statusCode
  }
  for (const address of ['169.254.169.254', 'fe80::1', '::ffff:169.254.169.254']) {
    await assert.rejects(reach(address, null), /metadata address/)
    for (const scheme of ['http', 'https', 'socks5']) {
      await assert.rejects(reach(address, `${scheme}://proxy.example:${port}`), /metadata address/)
    }
  }
  assert.ok((await reach('127.0.0.1', null)) > 0)
})
