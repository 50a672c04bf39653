import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorityOf, parseProxyUrl, proxyName, proxyUrlProblem } from '../../../../services/platform/network/proxy-url.ts'
import { isProxyUrl } from '../../../../services/resources/set-up/declared-proxies.ts'
import { fc } from '../../../support/fuzz.ts'

test('a proxy is a scheme, a host, a port, and who asks', () => {
  assert.deepEqual(parseProxyUrl('socks5://user:p%40ss@Proxy.Example:1081'), {
    protocol: 'socks5:',
    host: 'proxy.example',
    port: 1081,
    credentials: { username: 'user', password: 'p@ss' },
    name: 'socks5://user@proxy.example:1081',
    href: 'socks5://user:p%40ss@proxy.example:1081'
  })
  assert.equal(parseProxyUrl('http://proxy.example').credentials, null)
  assert.deepEqual(parseProxyUrl('http://token@proxy.example').credentials, { username: 'token', password: '' })
})

test('each scheme has its own port', () => {
  const ports = ['http://a', 'https://a', 'socks5://a', 'http://a:80', 'socks5://a:80'].map((text) => parseProxyUrl(text).port)
  assert.deepEqual(ports, [80, 443, 1080, 80, 80])
})

test('hosts are spelled one way, whatever the scheme', () => {
  for (const scheme of ['http', 'socks5']) {
    assert.equal(parseProxyUrl(`${scheme}://[0:0::1]:1`).host, '::1')
    assert.equal(parseProxyUrl(`${scheme}://[0:0::1]:1`).name, `${scheme}://[::1]:1`)
    assert.equal(parseProxyUrl(`${scheme}://m%C3%BCller.example`).host, 'xn--mller-kva.example')
    assert.equal(parseProxyUrl(`${scheme}://127.1`).host, '127.0.0.1')
  }
  assert.equal(authorityOf('::1', 443), '[::1]:443')
  assert.equal(authorityOf('a', 443), 'a:443')
})

test('private and loopback addresses are where proxies live', () => {
  for (const host of ['127.0.0.1', 'localhost', '10.0.0.1', '192.168.1.1', '[::1]', '[fd00::1]']) {
    assert.equal(proxyUrlProblem(`socks5://${host}:1080`), null)
  }
})

const SECRET = 'hunter2'

test('what is no proxy is refused with a reason that keeps the password', () => {
  const refused: [string, RegExp][] = [
    ['', /must be an http:/],
    [SECRET, /must be an http:/],
    [`proxy.example:${SECRET}`, /must be an http:/],
    [`ftp://u:${SECRET}@a`, /must be an http:/],
    [`socks5h://u:${SECRET}@a`, /must be an http:/],
    [`socks4://u:${SECRET}@a`, /must be an http:/],
    [`http://u:${SECRET}@a b`, /must be an http:/],
    [`http://u:${SECRET}@a\n`, /must be an http:/],
    [`http://u:${SECRET}@a:99999`, /must be an http:/],
    [`http://u:${SECRET}@a/path`, /must end after/],
    [`http://u:${SECRET}@a?`, /must end after/],
    [`http://u:${SECRET}@a#`, /must end after/],
    [`socks5://u:#${SECRET}@a`, /must end after/],
    [`socks5://u:${SECRET}@a:0`, /must name a host/],
    [`socks5:${SECRET}`, /must be an http:/],
    [`http://u:${SECRET}%@a`, /written as %25/],
    [`http://u%zz:${SECRET}@a`, /written as %25/],
    [`http://:${SECRET}@a`, /must have a user name/],
    [`http://u%3Av:${SECRET}@a`, /without a colon/],
    [`http://u:${SECRET}%0d%0a@a`, /control characters/],
    [`http://u%00:${SECRET}@a`, /control characters/],
    [`socks5://u:${'é'.repeat(120)}${SECRET}${'x'.repeat(9)}@a`, /255 bytes/],
    [`socks5://${'u'.repeat(256)}:${SECRET}@a`, /255 bytes/]
  ]
  for (const [text, reason] of refused) {
    const problem = proxyUrlProblem(text)
    assert.match(problem ?? 'nothing', reason, text)
    assert.doesNotMatch(problem ?? '', new RegExp(SECRET), text)
    assert.throws(() => parseProxyUrl(text), new RegExp(`^Error: The URL of a proxy ${problem?.slice(0, 9)}(?!.*${SECRET})`))
  }
  assert.equal(proxyUrlProblem(`http://u:${'x'.repeat(1000)}@a`), null)
  assert.equal(proxyUrlProblem(`socks5://u%3Av:${'x'.repeat(255)}@a`), null)
})

test('any user name and password come back out as they were, and the name has no password', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.constantFrom('http', 'https', 'socks5'), text, text, (scheme, username, password) => {
      const url = `${scheme}://${encodeURIComponent(username)}:${encodeURIComponent(password)}@proxy.example:8080`
      fc.pre(!/\p{Cc}/u.test(username + password) && Buffer.byteLength(password) < 256 && Buffer.byteLength(username) < 256)
      fc.pre(scheme === 'socks5' || !username.includes(':'))
      const proxy = parseProxyUrl(url)
      assert.deepEqual(proxy.credentials, { username, password })
      assert.equal(proxyName(url), `${scheme}://${new URL(url).username}@proxy.example:8080`)
      assert.deepEqual(parseProxyUrl(proxy.href), proxy)
    })
  )
})

test('no text whatsoever breaks it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((rest) => `socks5://${rest}`)
      ),
      (text) => {
        if (proxyUrlProblem(text) === null) assert.equal(proxyUrlProblem(parseProxyUrl(text).href), null)
        else assert.throws(() => parseProxyUrl(text), /^Error: The URL of a proxy must /)
      }
    )
  )
})

test('a URL whose slashes got lost is refused as one, and its password not repeated', () => {
  for (const url of [
    'socks5:/u:pw@x',
    'socks5:u:pw@x',
    'http:/u:pw@x',
    'http:u:pw@x',
    'u:pw@x:1080',
    'http:\\\\u:pw@x',
    'socks5://u:1/pw@x'
  ]) {
    assert.ok(isProxyUrl(url), url)
    const problem = proxyUrlProblem(url)
    assert.ok(problem !== null && !problem.includes('pw'), `${url}: ${problem}`)
  }
  for (const name of ['exit', 'eu-west: second', 'ops@example.com']) assert.ok(!isProxyUrl(name), name)
})
