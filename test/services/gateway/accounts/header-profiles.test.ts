import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import {
  createHeaderProfiles,
  FORGOTTEN_AFTER_MS,
  MAX_FAMILIES,
  type HeaderProfile
} from '../../../../services/gateway/accounts/header-profiles.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { fc } from '../../../support/fuzz.ts'

function start() {
  const clock = createVirtualClock()
  const changes: { accountId: string; family: string; profile: HeaderProfile }[] = []
  const profiles = createHeaderProfiles({
    clock,
    onChange: (accountId, family, profile) => void changes.push({ accountId, family, profile })
  })
  return { clock, changes, ...profiles, sent: (client: IncomingHttpHeaders) => profiles.observeAndApply('1', client) }
}

const claude = (version: string, changes: IncomingHttpHeaders = {}): IncomingHttpHeaders => ({
  'user-agent': `claude-cli/${version} (external, cli)`,
  'x-app': 'cli',
  'x-stainless-lang': 'js',
  'x-stainless-package-version': `package of ${version}`,
  ...changes
})

test('an older client calls itself what the newest of its family did', () => {
  const { sent } = start()
  const newest = claude('2.1.330', { 'x-stainless-os': 'Linux' })
  assert.equal(sent(newest), newest)
  assert.deepEqual(sent(claude('2.1.99', { 'x-app': 'cli-bg', 'x-stainless-runtime': 'node' })), newest)
  const newer = claude('2.2')
  assert.equal(sent(newer), newer)
  assert.deepEqual(sent(newest), newer)
})

test('of two with the same version, each calls itself what it is, and the later one is remembered', () => {
  const { sent } = start()
  const [linux, mac] = [claude('2.1.330', { 'x-stainless-os': 'Linux' }), claude('2.1.330', { 'x-stainless-os': 'MacOS' })]
  assert.equal(sent(linux), linux)
  assert.equal(sent(mac), mac)
  assert.deepEqual(sent(claude('2.1.1')), mac)
  assert.equal(sent(linux), linux)
  assert.deepEqual(sent(claude('2.1.1')), linux)
})

test('what belongs to one request stays its own, and so does everything else', () => {
  const { sent } = start()
  sent(
    claude('2', { 'x-stainless-retry-count': '7', 'x-stainless-timeout': '600', 'anthropic-beta': 'new', authorization: 'new' })
  )
  const own = {
    'x-stainless-retry-count': '2',
    'x-stainless-timeout': '10',
    'x-stainless-read-timeout': '11',
    'x-stainless-helper': 'tools',
    'x-stainless-helper-method': 'stream',
    'x-stainless-future': '1',
    'anthropic-beta': 'old',
    'anthropic-version': '2023-06-01',
    'x-claude-code-session-id': 's',
    authorization: 'old',
    'set-cookie': ['a', 'b']
  }
  assert.deepEqual(sent(claude('1', own)), { ...claude('2'), ...own })
  const { authorization, ...others } = own
  assert.equal(authorization, 'old')
  assert.deepEqual(sent(claude('1', others)), { ...claude('2'), ...others })
})

test('no family goes by the name of another', () => {
  const { sent } = start()
  const families: IncomingHttpHeaders[] = [
    { 'user-agent': 'claude-cli/9.0.0 (external, cli)', 'x-stainless-lang': 'js' },
    { 'user-agent': 'claude-cli/8.0.0 (external, cli)', 'x-stainless-lang': 'python' },
    { 'user-agent': 'claude-cli/7.0.0' },
    { 'user-agent': 'claude-code/6.0.0' },
    { 'user-agent': 'Anthropic/JS 5.0.0', 'x-stainless-lang': 'js' },
    { 'user-agent': 'Anthropic/Python 4.0.0', 'x-stainless-lang': 'python' },
    { 'user-agent': 'AsyncAnthropic/Python 3.0.0', 'x-stainless-lang': 'python' },
    { 'user-agent': 'Bun/2.0' },
    { 'user-agent': 'curl' },
    { 'user-agent': '__proto__/1' },
    { 'user-agent': 'constructor' }
  ]
  for (const client of [...families, ...families.toReversed()]) assert.equal(sent(client), client)
})

test('versions are numbers', () => {
  const newest = (versions: string[]) => {
    const { sent } = start()
    for (const version of versions) sent(claude(version))
    return /\/(\S+)/.exec(String(sent(claude('0'))['user-agent']))?.[1]
  }
  assert.equal(newest(['2.1.99', '2.1.330', '2.1.100']), '2.1.330')
  assert.equal(newest(['2.10', '2.9.9']), '2.10')
  assert.equal(newest(['2.1', '2.1.0', '2']), '2.1.0')
  assert.equal(newest(['v3.0', '2.9']), 'v3.0')
  assert.equal(newest(['10', '9']), '10')
  const { sent } = start()
  sent({ 'user-agent': 'Anthropic/JS 1.10.0' })
  assert.deepEqual(sent({ 'user-agent': 'Anthropic/JS 1.9.0' }), { 'user-agent': 'Anthropic/JS 1.10.0' })
  assert.deepEqual(sent({ 'user-agent': 'Anthropic/JS' }), { 'user-agent': 'Anthropic/JS 1.10.0' })
})

test('accounts have nothing to do with one another', () => {
  const { observeAndApply } = start()
  observeAndApply('1', claude('2'))
  const older = claude('1')
  assert.equal(observeAndApply('2', older), older)
})

test('a client that does not say what it is, or says it strangely, is left alone', () => {
  const { sent, changes } = start()
  sent(claude('2'))
  const strange: IncomingHttpHeaders[] = [
    {},
    { 'x-app': 'cli', 'x-stainless-lang': 'js' },
    { 'user-agent': '' },
    { 'user-agent': '/1.0' },
    { 'user-agent': ' claude-cli/1' },
    claude('1', { 'user-agent': `claude-cli/1 ${'x'.repeat(257)}` }),
    claude('1', { 'x-stainless-os': 'x'.repeat(257) }),
    claude('1', { 'user-agent': 'claude-cli/1 \u00e9' }),
    claude('3', { 'x-app': 'a\u0000' }),
    claude('3', { 'x-app': ['a', 'b'] })
  ]
  for (const client of strange) assert.equal(sent(client), client)
  assert.equal(changes.length, 1)
})

test('a version that nobody has used for a week makes way for an older one', async () => {
  const { sent, clock } = start()
  sent(claude('3'))
  await clock.advance(FORGOTTEN_AFTER_MS)
  const older = claude('2')
  assert.deepEqual(sent(older), claude('3'))
  await clock.advance(1)
  assert.equal(sent(older), older)
  assert.deepEqual(sent(claude('1')), older)
})

test('a new family is put on record at once, and what changes later every ten minutes', async () => {
  const { sent, changes, clock } = start()
  const at = clock.now()
  sent(claude('1'))
  assert.deepEqual(changes, [{ accountId: '1', family: 'claude-cli js', profile: { headers: claude('1'), seenAt: at } }])
  for (const version of ['2', '3', '2', '3']) sent(claude(version))
  await clock.advance(599_999)
  sent(claude('3'))
  assert.equal(changes.length, 1)
  await clock.advance(1)
  sent(claude('2'))
  assert.equal(changes.length, 1)
  sent(claude('3'))
  assert.deepEqual(changes[1], {
    accountId: '1',
    family: 'claude-cli js',
    profile: { headers: claude('3'), seenAt: at + 600_000 }
  })
  sent({ 'user-agent': 'other/1' })
  assert.equal(changes.length, 3)
})

test('what is on record counts, unless something newer is known', async () => {
  const { sent, load, changes, clock } = start()
  const seenAt = clock.now()
  const loaded = (version: string, at: number, os = 'Linux') => {
    const headers = claude(version, { 'x-stainless-os': os }) as Record<string, string>
    load('1', 'claude-cli js', { headers, seenAt: at })
    return headers
  }
  const first = loaded('2', seenAt)
  assert.deepEqual(sent(claude('1')), first)
  loaded('1.5', seenAt + 1)
  loaded('2', seenAt - 1, 'MacOS')
  assert.deepEqual(sent(claude('1')), first)
  const later = loaded('2', seenAt, 'Windows')
  assert.deepEqual(sent(claude('1')), later)
  const longer = loaded('2.0', seenAt - 1)
  assert.deepEqual(sent(claude('2')), longer)
  assert.equal(sent(longer), longer)
  await clock.advance(599_999)
  sent(longer)
  assert.equal(changes.length, 0)
  await clock.advance(1)
  sent(longer)
  assert.equal(changes.length, 1)
})

test('a client that makes up names neither fills the memory nor drives out who is known', async () => {
  const { sent, changes, load, clock } = start()
  sent(claude('2'))
  for (let n = 0; n < 1000; n++) {
    await clock.advance(1)
    sent({ 'user-agent': `made-up-${n}/1` })
  }
  load('1', 'loaded', { headers: { 'user-agent': 'loaded/1' }, seenAt: clock.now() })
  assert.equal(changes.length, MAX_FAMILIES)
  const other = { 'user-agent': 'loaded/0' }
  assert.equal(sent(other), other)
  assert.deepEqual(sent(claude('1')), claude('2'))
  const late = { 'user-agent': 'late/2' }
  assert.equal(sent(late), late)
  assert.deepEqual(sent({ 'user-agent': 'late/1' }), { 'user-agent': 'late/1' })
  await clock.advance(3_600_001)
  sent(claude('2'))
  sent(late)
  assert.deepEqual(sent({ 'user-agent': 'late/1' }), late)
  assert.deepEqual(sent(claude('1')), claude('2'))
})

test('whatever clients send, only identity headers change, only to ones seen of the same product and language', () => {
  const value = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('js', 'python'))
  const userAgent = fc.oneof(
    fc
      .tuple(fc.constantFrom('a', 'b/c', '__proto__'), fc.constantFrom('/', ' '), fc.array(fc.nat(20), { maxLength: 4 }))
      .map(([name, separator, version]) => `${name}${separator}${version.join('.')}`),
    fc.string()
  )
  const client = fc.record(
    {
      'user-agent': userAgent,
      'x-app': value,
      'x-stainless-lang': value,
      'x-stainless-os': value,
      'x-stainless-retry-count': value,
      'anthropic-beta': value
    },
    { requiredKeys: [] }
  )
  fc.assert(
    fc.property(fc.array(client, { maxLength: 30 }), (clients) => {
      const { sent } = start()
      const before: IncomingHttpHeaders[] = []
      const identity = ({ 'x-stainless-retry-count': _r, 'anthropic-beta': _b, ...rest }: IncomingHttpHeaders) => rest
      const product = (headers: IncomingHttpHeaders) =>
        String(headers['user-agent'])
          .replace(/ .*| *$/, '')
          .replace(/\/\d.*/, '')
      for (const own of clients) {
        before.push(own)
        const out = sent(own)
        assert.equal(out['x-stainless-retry-count'], own['x-stainless-retry-count'])
        assert.equal(out['anthropic-beta'], own['anthropic-beta'])
        assert.equal(out['x-stainless-lang'] ?? '', own['x-stainless-lang'] ?? '')
        assert.equal(product(out), product(own))
        assert.ok(before.some((seen) => JSON.stringify(sorted(identity(seen))) === JSON.stringify(sorted(identity(out)))))
      }
    })
  )
})

function sorted(headers: IncomingHttpHeaders) {
  return Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))
}
