import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEnvelope } from '../../../services/request/envelope.ts'
import { sessionKeyOf } from '../../../services/request/session-key.ts'

const UUID = '6b2b4a80-6f0e-4c4c-9a75-3f3b1e6f2a11'

function keyOf(body: object, headers: Record<string, string> = {}, group = '1') {
  return sessionKeyOf(group, headers, readEnvelope(Buffer.from(JSON.stringify({ model: 'm', ...body }))))
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

test('the same session in another group is another affinity', () => {
  const session = { 'x-claude-code-session-id': UUID }
  assert.notEqual(keyOf({}, session, '1'), keyOf({}, session, '2'))
})

test('without a session the cached system text decides, whatever else is said', () => {
  const cached = { type: 'text', text: 'rules', cache_control: { type: 'ephemeral' } }
  const one = keyOf({ system: [{ type: 'text', text: 'today is Monday' }, cached], messages: [{ role: 'user', content: 'a' }] })
  const two = keyOf({
    system: [{ type: 'text', text: 'today is Tuesday' }, cached],
    messages: [{ role: 'user', content: 'b' }]
  })
  assert.notEqual(one, null)
  assert.equal(one, two)
})

test("Claude Code's billing block, which changes each time, is never part of it", () => {
  const block = (build: string) => ({ type: 'text', text: `x-anthropic-billing-header: cc_version=${build};` })
  const one = keyOf({ system: [block('1'), { type: 'text', text: 'rules' }] })
  assert.equal(one, keyOf({ system: [block('2'), { type: 'text', text: 'rules' }] }))
  assert.equal(one, keyOf({ system: 'rules' }))
})

test('without a system text the first user message decides', () => {
  const one = keyOf({ messages: [{ role: 'user', content: 'first' }] })
  assert.notEqual(one, null)
  assert.equal(
    one,
    keyOf({
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'first' }] },
        { role: 'user', content: 'next' }
      ]
    })
  )
  assert.notEqual(one, keyOf({ messages: [{ role: 'user', content: 'other' }] }))
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

test('a large value is not parsed: its beginning names the session, also when it grows', () => {
  const turns = (count: number) => [
    { role: 'user', content: 'x'.repeat(200_000) },
    ...Array.from({ length: count }, () => ({ role: 'user', content: 'y' }))
  ]
  const one = keyOf({ messages: turns(1) })
  assert.notEqual(one, null)
  assert.equal(one, keyOf({ messages: turns(50) }))
  assert.notEqual(one, keyOf({ messages: [{ role: 'user', content: `z${'x'.repeat(200_000)}` }] }))
})
