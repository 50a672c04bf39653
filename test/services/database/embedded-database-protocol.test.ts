import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRequestReader, queryMessage, type ClientRequest } from '../../../services/database/embedded-database-protocol.ts'
import { fc } from '../../support/fuzz.ts'

function message(type: string, body = Buffer.alloc(0)) {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

function opening(code: number, body = Buffer.alloc(0)) {
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + body.length, 0)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, body])
}

const startup = opening(196608, Buffer.from('user\0postgres\0\0'))
const extended = Buffer.concat([message('P', Buffer.alloc(300)), message('B'), message('D'), message('E'), message('S')])
const conversation = Buffer.concat([
  opening(80877103),
  startup,
  queryMessage('select 1'),
  extended,
  message('P'),
  message('H'),
  message('S'),
  message('X')
])
const requests: ClientRequest[] = [
  { type: 'encryption' },
  { type: 'startup', bytes: startup },
  { type: 'batch', bytes: queryMessage('select 1'), answered: true },
  { type: 'batch', bytes: extended, answered: true },
  { type: 'batch', bytes: Buffer.concat([message('P'), message('H')]), answered: false },
  { type: 'batch', bytes: message('S'), answered: true },
  { type: 'terminate' }
]

test('a conversation is cut into the same requests wherever the network cuts it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: conversation.length })), (cuts) => {
      const reader = createRequestReader()
      const edges = [0, ...cuts.sort((a, b) => a - b), conversation.length]
      const read = edges.slice(1).flatMap((end, index) => reader.push(conversation.subarray(edges[index], end)))
      assert.deepEqual(read, requests)
    })
  )
})

test('an extended query is held back until its Sync', () => {
  const reader = createRequestReader()
  reader.push(startup)
  assert.deepEqual(reader.push(extended.subarray(0, -1)), [])
  assert.deepEqual(reader.push(extended.subarray(-1)), [{ type: 'batch', bytes: extended, answered: true }])
})
