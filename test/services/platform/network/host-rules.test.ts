import { ANY_PRIVATE_HOST } from '../../../support/any-private-host.ts'
import assert from 'node:assert/strict'
import type { LookupFunction } from 'node:net'
import { test } from 'node:test'
import { request } from 'undici'
import { systemClock } from '../../../../services/platform/clock.ts'
import { parseProxyUrl, proxyUrlProblem } from '../../../../services/platform/network/proxy-url.ts'
import { createHostRules, hostRulesOf, PUBLIC_HOSTS } from '../../../../services/platform/network/host-rules.ts'
import { createUpstreamPools } from '../../../../services/gateway/forwarding/upstream-pools.ts'
import { baseUrlProblem } from '../../../../services/resources/set-up/base-url.ts'
import { startSimulatedUpstream } from '../../../../simulator/upstream.ts'

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
  '[64:ff9b::169.254.169.254]', // by way of a translator: NAT64, 6to4, IPv4-compatible
  '[64:ff9b::6464:64c8]',
  '[2002:a9fe:a9fe::1]',
  '[::169.254.169.254]',
  '100.100.100.200',
  '168.63.129.16',
  '[::ffff:0:168.63.129.16]', // translated by a stateless translator
  '[::ffff:0:a9fe:a9fe]',
  '[2001:0:1:2:3:4:5601:5601]', // Teredo: the client is 169.254.169.254
  '[64:ff9b:1::169.254.169.254]',
  '192.0.0.192',
  '224.0.0.1',
  '239.255.255.250',
  '255.255.255.255',
  '[ff02::1]',
  '[fd20:ce::254]',
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
  async function reach(address: string, proxy: string | null, hosts = ANY_PRIVATE_HOST) {
    const pools = createUpstreamPools({
      hosts,
      connectTimeoutMs: 2000,
      clock: systemClock,
      lookup: resolvesTo(address)
    })
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
  for (const address of ['127.0.0.1', '10.1.2.3', '::1', '::ffff:10.1.2.3', 'fd00::1']) {
    await assert.rejects(
      reach(address, null, PUBLIC_HOSTS),
      /rebound\.example is in a private network, which PRIVATE_UPSTREAMS/
    )
    await assert.rejects(reach(address, `http://proxy.example:${port}`, PUBLIC_HOSTS), /proxy\.example is in a private network/)
  }
  const own = createHostRules({ networks: [], own: ['rebound.example'] })
  assert.ok((await reach('127.0.0.1', null, own)) > 0, "the operator's own host may be anywhere")
  await assert.rejects(reach('169.254.169.254', null, own), /metadata address/)
})

test('an address that needs no looking up is refused as well, of an upstream and of a proxy', async (t) => {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const { port } = new URL(upstream.url)
  const pools = createUpstreamPools({ hosts: PUBLIC_HOSTS, connectTimeoutMs: 2000, clock: systemClock })
  t.after(() => pools.close())
  const reach = (origin: string, proxy: string | null) =>
    request(origin, { dispatcher: pools.dispatcherFor(origin, proxy === null ? null : parseProxyUrl(proxy)), method: 'HEAD' })
  await assert.rejects(reach(`http://127.0.0.1:${port}`, null), /127\.0\.0\.1 is in a private network/)
  await assert.rejects(reach(`http://[::1]:${port}`, null), /private network/)
  await assert.rejects(reach(`http://localhost:${port}`, null), /private network/)
  await assert.rejects(reach('http://example.com', `socks5://127.0.0.1:${port}`), /127\.0\.0\.1 is in a private network/)
  await assert.rejects(reach(`http://10.0.0.1:${port}`, 'http://proxy.example'), /10\.0\.0\.1 is in a private network/)
  assert.deepEqual(upstream.requests, [])
})

test('private networks are refused unless they are allowed, by their addresses and however these are written', () => {
  const some = createHostRules({ networks: ['10.1.0.0/16', '127.0.0.1', 'fd12::/16'], own: ['mine.example', '192.168.7.7'] })
  for (const host of [
    '10.2.0.1',
    '192.168.1.1',
    '172.31.255.255',
    '100.64.0.1',
    '0.0.0.0',
    '127.0.0.2',
    '[::]',
    '[fc00::1]',
    '[::ffff:10.2.0.1]',
    '[64:ff9b::10.2.0.1]',
    '[2002:c0a8:101::]'
  ]) {
    assert.match(some.problemOf(new URL(`http://${host}`).hostname) ?? '', /private network/, host)
    assert.match(PUBLIC_HOSTS.problemOf(host) ?? '', /private network/, host)
    assert.equal(ANY_PRIVATE_HOST.problemOf(host), null, host)
  }
  for (const host of [
    '10.1.255.255',
    '[::ffff:10.1.0.1]',
    '[64:ff9b::10.1.0.1]',
    '127.0.0.1',
    'localhost',
    'a.localhost.',
    '[fd12::1]',
    'mine.example',
    '192.168.7.7'
  ]) {
    assert.equal(some.problemOf(host), null, host)
  }
  for (const host of ['api.anthropic.com', '8.8.8.8', '[2606:4700::1]', '[64:ff9b::8.8.8.8]', '172.32.0.1', '11.0.0.1']) {
    assert.equal(PUBLIC_HOSTS.problemOf(host), null, host)
  }
  for (const host of FORBIDDEN.map((host) => new URL(`http://${host}`).hostname)) {
    assert.match(ANY_PRIVATE_HOST.problemOf(host) ?? '', /metadata/, host)
  }
  const settings = {
    privateUpstreams: [],
    anthropicBaseUrl: 'http://127.0.0.1:9',
    oauthTokenUrl: 'https://platform.claude.com/t'
  }
  assert.equal(hostRulesOf(settings).problemOf('127.0.0.1'), null)
})

test('all that is special-purpose is no public host, also inside of an IPv6 address', () => {
  for (const host of [
    ...'0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 172.16.0.1 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1'.split(' '),
    ...'198.18.0.1 198.51.100.1 203.0.113.1 240.0.0.1 255.255.255.254 224.1.2.3 168.63.129.16'.split(' '),
    ...':: ::1 100::1 100:0:0:1::1 2001:2::1 2001:10::1 2001:db8::1 3fff::1 5f00::1 fc00::1 fec0::1'.split(' '),
    ...'ff0e::1'.split(' '),
    ...'64:ff9b:1::808:808 64:ff9b::a00:1 2002:a00:1::1 ::ffff:10.0.0.1 ::ffff:0:10.0.0.1 ::10.0.0.1'.split(' '),
    '2001:0:1:2:3:4:f5ff:fffe' // Teredo: the client is 10.0.0.1
  ]) {
    const written = host.includes(':') ? `[${host}]` : host
    assert.notEqual(PUBLIC_HOSTS.problemOf(new URL(`http://${written}`).hostname), null, host)
    assert.notEqual(PUBLIC_HOSTS.problemOfAddress('upstream.example', host), null, host)
  }
  for (const host of [
    '8.8.8.8',
    '168.63.129.17',
    '160.79.104.10',
    '2607:6bc0::10',
    '64:ff9b::808:808',
    '::ffff:8.8.8.8',
    '::ffff:0:8.8.8.8'
  ]) {
    assert.equal(PUBLIC_HOSTS.problemOfAddress('upstream.example', host), null, host)
  }
})
