import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brakeSubjectOf, createSeal } from '../../../../services/gateway/brakes/brake-subject.ts'
import { createTurnMarks } from '../../../../services/gateway/brakes/turn-mark.ts'
import { createBodyBudget } from '../../../../services/gateway/request/body-budget.ts'
import { EnvelopeScan } from '../../../../services/gateway/request/envelope.ts'
import { HeldBody } from '../../../../services/gateway/request/held-body.ts'
import { fc, times } from '../../../support/fuzz.ts'

const seal = createSeal(() => 'a secret')

/** A request as it is held, in pieces of so many bytes. */
function held(body: object | string, { pieceBytes = Infinity, coding = null as string | null } = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const scan = new EnvelopeScan({ forConversation: true })
  const kept = new HeldBody(createBodyBudget(100_000_000))
  for (let at = 0; at < bytes.length; at += Math.min(pieceBytes, bytes.length)) {
    const piece = Buffer.from(bytes.subarray(at, at + Math.min(pieceBytes, bytes.length)))
    scan.push(piece)
    kept.add(piece)
  }
  return { ...scan.finish(), body: kept, coding }
}

const says = (content: unknown, more: object = {}) => ({
  model: 'm',
  messages: [
    { role: 'user', content: 'first' },
    { role: 'user', content }
  ],
  ...more
})
const turnMarkOf = createTurnMarks(seal)
const markOf = (body: object | string, options = {}) => turnMarkOf(held(body, options))

test('turns are the same where the last message is, whatever came before and whatever its calls are named', () => {
  const result = (id: string, content: string) => [
    { type: 'tool_result', tool_use_id: id, content, cache_control: { type: 'ephemeral' } }
  ]
  const turn = markOf(says(result('toolu_1', 'failed')))
  assert.notEqual(turn, null)
  assert.deepEqual(markOf(says([{ type: 'tool_result', tool_use_id: 'toolu_2', content: 'failed' }])), turn)
  assert.deepEqual(markOf({ ...says(result('toolu_3', 'failed')), system: 'another', metadata: {} }), turn)
  assert.notEqual(markOf(says(result('toolu_1', 'passed')))!.mark, turn!.mark)
  const other = markOf(says(result('toolu_1', 'failed'), { model: 'n' }))
  assert.equal(other!.mark, turn!.mark)
  assert.notEqual(other!.shape, turn!.shape)
})

for (const [name, value, other] of [
  ['id', 'toolu_1', 'toolu_2'],
  ['tool_use_id', 'toolu_1', 'toolu_2'],
  ['cache_control', { type: 'ephemeral' }, { type: 'ephemeral', ttl: '1h' }]
] as const) {
  test(`turns that differ in ${name} alone are the same, with it or without`, () => {
    const turn = markOf(says([{ type: 'text', text: 'failed' }]))
    assert.deepEqual(markOf(says([{ type: 'text', [name]: value, text: 'failed' }])), turn)
    assert.deepEqual(markOf(says([{ type: 'text', text: 'failed', [name]: other }])), turn)
    assert.notDeepEqual(markOf(says([{ type: 'text', text: `"${name}"` }])), turn)
  })
}

test('however the body comes in pieces, the last message is found', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 50 }), fc.jsonValue(), (text, pieceBytes, more) => {
      const body = { ...says(text), tools: more, thinking: [{ messages: [{ role: 'user', content: 'no message' }] }] }
      assert.deepEqual(markOf(body, { pieceBytes }), markOf(says(text)))
    }),
    times(200)
  )
})

test('a request without messages has none, nor has a compressed one', () => {
  assert.equal(markOf({ model: 'm', messages: [] }), null)
  assert.equal(markOf({ model: 'm' }), null)
  assert.equal(markOf(says('x'), { coding: 'gzip' }), null)
})

test('a message of any size is told apart', () => {
  const long = 'x'.repeat(3_000_000)
  assert.deepEqual(markOf(says(long)), markOf(says(long)))
  assert.notDeepEqual(markOf(says(long)), markOf(says(`${long}y`)))
  assert.notDeepEqual(markOf(says(long)), markOf(says(`y${long.slice(1)}`)))
})

test('whoever does not have the secret cannot find a text by its mark, and no text is in it', () => {
  const mark = markOf(says('hello'))!
  const other = createTurnMarks(createSeal(() => 'another secret'))(held(says('hello')))!
  assert.notEqual(other.mark, mark.mark)
  assert.notEqual(other.shape, mark.shape)
  assert.match(`${mark.mark}${mark.shape}`, /^[\w-]{44}$/)
})

test('sessions and agents keep short plain names, and what else they are called is sealed', () => {
  const subjectOf = (headers: Record<string, string>, body: object = says('x')) =>
    brakeSubjectOf('1', headers, held(body), seal)
  const session = (name: string) => subjectOf({ 'x-claude-code-session-id': name }).session!
  assert.equal(session('0b7f6f7e-6d4f-4c0e-9a3b-1c2d3e4f5a6b'), '0b7f6f7e-6d4f-4c0e-9a3b-1c2d3e4f5a6b')
  for (const name of ['with space', '~0123456789012345678901', 'x'.repeat(5000), '["a",null]']) {
    assert.match(session(name), /^~[\w-]{22}$/)
    assert.notEqual(session(name), name)
  }
  assert.deepEqual(subjectOf({ 'x-claude-code-session-id': 's', 'x-claude-code-agent-id': 'a' }), {
    keyId: '1',
    session: 's',
    agent: 'a'
  })
  assert.equal(subjectOf({ 'x-claude-code-session-id': 's' }).agent, '')
  assert.match(subjectOf({}).session!, /^~[\w-]{22}$/)
  assert.equal(subjectOf({}).session, subjectOf({}, { ...says('y') }).session, 'the same first message is the same session')
  assert.equal(subjectOf({}, { model: 'm' }).session, null)
})
