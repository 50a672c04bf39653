import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dispatcher } from 'undici'
import { startAttemptSender } from '../../../support/attempt-sender.ts'

const STREAM = Buffer.from(
  [
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":1,"output_tokens":1}}}',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":1,"output_tokens":2}}',
    'event: message_stop\ndata: {"type":"message_stop"}',
    ''
  ].join('\n\n')
)

test('the raw headers of a response are let go before its stream is over, and the client has the rest', async (t) => {
  const send = await startAttemptSender(t)
  const controller = {
    rawHeaders: [Buffer.from('content-type'), Buffer.from('text/event-stream')],
    pause() {},
    resume() {},
    abort() {}
  } as unknown as Dispatcher.DispatchController
  let keptWhileOpen: unknown
  const dispatcher = {
    dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
      handler.onRequestStart?.(controller, null)
      handler.onResponseStart?.(controller, 200, { 'content-type': 'text/event-stream', 'content-length': '5' })
      keptWhileOpen = controller.rawHeaders
      handler.onResponseData?.(controller, STREAM)
      handler.onResponseEnd?.(controller, {})
      return true
    }
  } as unknown as Dispatcher

  const { result, response, body } = send(dispatcher)

  assert.equal((await result).kind, 'answered')
  assert.equal(keptWhileOpen, null)
  const { headers } = await response
  assert.equal(headers['content-type'], 'text/event-stream')
  // What is sent may be longer by an error event.
  assert.equal(headers['content-length'], undefined)
  assert.deepEqual(await body(), STREAM)
})
