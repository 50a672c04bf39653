import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EnvelopeScan } from '../../../../services/gateway/request/envelope.ts'
import { sessionsWaiting } from '../../../../services/gateway/slots/waiting-sessions.ts'
import { laneOf, namesSession, sessionKeyOf } from '../../../../services/gateway/request/session-key.ts'

const UUID = '6b2b4a80-6f0e-4c4c-9a75-3f3b1e6f2a11'

const keyOf = (...request: Parameters<typeof sessionOf>) => sessionOf(...request)?.key ?? null

function sessionOf(body: object, headers: Record<string, string> = {}, group = '1') {
  const scan = new EnvelopeScan({ forConversation: !namesSession(headers) })
  scan.push(Buffer.from(JSON.stringify({ model: 'm', ...body })))
  const session = sessionKeyOf(group, headers, scan.finish())
  const isNamed = 'x-claude-code-session-id' in headers || 'metadata' in body
  if (session !== null) assert.equal(session.isDerived, !isNamed)
  return session
}

test('the session header, the JSON user id and the old user id name the same session', () => {
  const byHeader = keyOf({}, { 'x-claude-code-session-id': UUID })
  assert.notEqual(byHeader, null)
  assert.equal(keyOf({ metadata: { user_id: JSON.stringify({ device_id: 'd', session_id: UUID }) } }), byHeader)
  assert.equal(keyOf({ metadata: { user_id: `user_abc_account__session_${UUID}` } }), byHeader)
})

test('a subagent has an affinity of its own', () => {
  const session = { 'x-claude-code-session-id': UUID }
  assert.notEqual(keyOf({}, { ...session, 'x-claude-code-agent-id': 'a1' }), keyOf({}, session))
})

test('a session that is named is shown by one hash, and one that is not by what its requests say', () => {
  const named = { 'x-claude-code-session-id': UUID }
  const shown = sessionOf({}, named)?.shown
  assert.equal(sessionsWaiting([UUID]).busiest[0]?.session, shown)
  assert.equal(sessionOf({}, { ...named, 'x-claude-code-agent-id': 'a1' }, '2')?.shown, shown)
  const unnamed = sessionOf({ messages: saying('hello') })
  assert.equal(unnamed?.shown, unnamed?.key.slice(0, 12))
})

test('turns are taken by session and agent, and by key where no session is named', () => {
  const headers = { 'x-claude-code-session-id': UUID, 'x-claude-code-agent-id': 'a1' }
  assert.deepEqual(laneOf('k', headers, null), { session: UUID, agent: 'a1' })
  assert.deepEqual(laneOf('k', {}, JSON.stringify({ session_id: UUID })), { session: UUID, agent: '' })
  assert.deepEqual(laneOf('k', {}, 'somebody'), laneOf('k', {}, null))
  assert.notDeepEqual(laneOf('k', {}, null), laneOf('another', {}, null))
})

test('the same session in another group is another affinity', () => {
  const session = { 'x-claude-code-session-id': UUID }
  assert.notEqual(keyOf({}, session, '1'), keyOf({}, session, '2'))
})

const cached = (text: string) => ({ type: 'text', text, cache_control: { type: 'ephemeral' } })
const saying = (...texts: string[]) => texts.map((content) => ({ role: 'user', content }))

test('without a session the cached system text and the user’s first message decide, whatever else is said', () => {
  const monday = [{ type: 'text', text: 'today is Monday' }, cached('rules')]
  const tuesday = [{ type: 'text', text: 'today is Tuesday' }, cached('rules')]
  const one = keyOf({ system: monday, messages: saying('a') })
  assert.notEqual(one, null)
  assert.equal(one, keyOf({ system: tuesday, messages: saying('a', 'b', 'c') }))
  assert.notEqual(one, keyOf({ system: monday, messages: saying('b') }))
  assert.notEqual(one, keyOf({ system: [cached('other rules')], messages: saying('a') }))
  assert.notEqual(one, keyOf({ messages: saying('a') }))
})

test('a cached system prompt alone, which many conversations share, is no session', () => {
  assert.equal(keyOf({ system: [cached('rules')] }), null)
  const image = { type: 'image', source: { type: 'url', url: 'https://example.com/1.png' } }
  assert.equal(keyOf({ system: [cached('rules')], messages: [{ role: 'user', content: [image] }] }), null)
})

test('without a mark for the cache all of the system text decides', () => {
  const text = (...texts: string[]) => texts.map((part) => ({ type: 'text', text: part }))
  const one = keyOf({ system: text('a', 'b'), messages: saying('x') })
  assert.notEqual(one, keyOf({ system: text('a', 'c'), messages: saying('x') }))
  assert.notEqual(one, keyOf({ system: [...text('a'), cached('b')], messages: saying('x') }))
  assert.equal(one, keyOf({ system: text('a', 'b'), messages: saying('x', 'y') }))
})

test("Claude Code's billing block, which changes each time, is never part of it", () => {
  const block = (build: string) => ({ type: 'text', text: `x-anthropic-billing-header: cc_version=${build};` })
  const messages = saying('a')
  const one = keyOf({ system: [block('1'), { type: 'text', text: 'rules' }], messages })
  assert.notEqual(one, null)
  assert.equal(one, keyOf({ system: [block('2'), { type: 'text', text: 'rules' }], messages }))
  assert.equal(one, keyOf({ system: 'rules', messages }))
  assert.notEqual(one, keyOf({ system: 'x-anthropic-billing', messages }))
  assert.equal(keyOf({ system: block('1').text, messages }), keyOf({ messages }))
})

test('the user’s first message is told by its text alone, and is the first of the user’s', () => {
  const one = keyOf({ messages: saying('first') })
  assert.notEqual(one, null)
  const block = (changes: object = {}) => ({ type: 'text', text: 'first', ...changes })
  for (const messages of [
    [{ role: 'user', content: [block()] }, ...saying('next')],
    [{ content: [{ cache_control: { type: 'ephemeral' }, ...block() }], role: 'user' }],
    [{ role: 'system', content: 'mid' }, { role: 'assistant', content: 'hi' }, ...saying('first')]
  ]) {
    assert.equal(keyOf({ messages }), one, JSON.stringify(messages))
  }
  assert.notEqual(one, keyOf({ messages: saying('other') }))
  assert.notEqual(one, keyOf({ messages: [{ role: 'user', content: [block(), block()] }] }))
  const result = { type: 'tool_result', content: [block()] }
  assert.equal(keyOf({ messages: [{ role: 'user', content: [result] }] }), null)
})

test('large texts count from their beginning to their end', () => {
  const long = 'x'.repeat(300_000)
  const one = keyOf({ system: long, messages: saying(long) })
  assert.equal(one, keyOf({ system: long, messages: saying(long, ...Array.from({ length: 50 }, () => 'y')) }))
  assert.notEqual(one, keyOf({ system: long, messages: saying(`${long}z`) }))
  assert.notEqual(one, keyOf({ system: `${long}z`, messages: saying(long) }))
})

test('a body that says nothing, or something strange, has no affinity', () => {
  for (const body of [
    {},
    { system: 5 },
    { messages: 'x' },
    { messages: [null, 5] },
    { metadata: { user_id: 5 } },
    { metadata: { user_id: '{' } }
  ]) {
    assert.equal(keyOf(body), null, JSON.stringify(body))
  }
})
