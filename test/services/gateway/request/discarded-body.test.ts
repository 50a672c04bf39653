import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import {
  discardBody,
  isStillSending,
  MAX_DISCARDED_BYTES,
  respondWhileSending
} from '../../../../services/gateway/request/discarded-body.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

function sending() {
  const clock = createVirtualClock()
  const request = new PassThrough()
  const ends: boolean[] = []
  discardBody(request as unknown as IncomingMessage, clock, (isAtEnd) => ends.push(isAtEnd))
  return { clock, request, ends }
}

test('a body is read to its end', async () => {
  const { request, ends } = sending()
  for (let n = 0; n < 100; n++) request.write(Buffer.alloc(65_536))
  request.end()
  await until('it has ended', async () => ends.length > 0)
  assert.deepEqual(ends, [true])
})

test('a client that goes on for longer than anybody needs is given up', async () => {
  const { clock, request, ends } = sending()
  request.write('a')
  await clock.advance(29_999)
  assert.deepEqual(ends, [])
  await clock.advance(1)
  assert.deepEqual(ends, [false])
})

test('so is one that sends more than anybody needs', async () => {
  const { request, ends } = sending()
  const piece = Buffer.alloc(1_048_576)
  for (let sent = 0; sent < MAX_DISCARDED_BYTES; sent += piece.length) request.write(piece)
  request.write('a')
  await until('it is given up', async () => ends.length > 0)
  assert.deepEqual(ends, [false])
})

test('a client that leaves ends it', async () => {
  const { request, ends } = sending()
  request.destroy()
  await until('it has ended', async () => ends.length > 0)
  assert.deepEqual(ends, [false])
})

test('a request is still sent while a body is announced that has not ended', () => {
  const request = (changes: object) => ({ complete: false, destroyed: false, headers: {}, ...changes }) as IncomingMessage
  assert.equal(isStillSending(request({})), false)
  assert.equal(isStillSending(request({ headers: { 'content-length': '0' } })), false)
  assert.equal(isStillSending(request({ headers: { 'content-length': '5' } })), true)
  assert.equal(isStillSending(request({ headers: { 'transfer-encoding': 'chunked' } })), true)
  assert.equal(isStillSending(request({ headers: { 'content-length': '5' }, complete: true })), false)
  assert.equal(isStillSending(request({ headers: { 'content-length': '5' }, destroyed: true })), false)
})

test('a response to a request that is still being sent ends with the request', async () => {
  for (const sendsAll of [true, false]) {
    const { clock, request } = { clock: createVirtualClock(), request: new PassThrough() }
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    const refusal = { status: 413, headers: { 'x-a': 'b' }, body: { type: 'error' } }
    respondWhileSending(request as unknown as IncomingMessage, response, clock, refusal)
    assert.deepEqual([response.statusCode, response.headersSent, response.writableEnded], [413, true, false])
    if (sendsAll) request.end()
    else await clock.advance(30_000)
    await until('it is over', () => (sendsAll ? response.writableEnded : request.destroyed))
    assert.equal(response.writableEnded, sendsAll)
  }
})
