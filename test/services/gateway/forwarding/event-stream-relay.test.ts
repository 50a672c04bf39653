import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ResponseIntake } from '../../../../services/gateway/forwarding/response-intake.ts'
import { ClientStream } from '../../../../services/gateway/forwarding/client-stream.ts'
import type { AttemptRecorder } from '../../../../services/money/usage/attempt-recorder.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { fc, times } from '../../../support/fuzz.ts'

const PING = 'event: ping\ndata: {"type":"ping"}\n\n'
const KEEPALIVE_MS = 1000
const NOTHING_RECORDED: AttemptRecorder = { answered() {}, firstByte() {}, observe() {}, close() {}, void() {} }
const CONTROLLER = { pause() {}, resume() {}, abort() {} }

/** A client whose response is only written down, as pieces that the relay and the pings wrote. */
function relayed(headers: Record<string, string>) {
  const written: string[] = []
  let isEnded = false
  const response = {
    writableLength: 0,
    writableNeedDrain: false,
    writeHead() {},
    write: (bytes: Buffer | string) => written.push(bytes.toString('latin1')) > 0,
    end(bytes: Buffer | string = '') {
      written.push(bytes.toString('latin1'))
      isEnded = true
    },
    destroy() {}
  } as unknown as ServerResponse
  const watched = new Set<{ look: (now: number) => void }>()
  const quietStreams = { add: (s: ClientStream) => void watched.add(s), remove: (s: ClientStream) => void watched.delete(s) }
  const times = { pingIntervalMs: 1, keepAliveMs: KEEPALIVE_MS, stallTimeoutMs: 1 }
  const clock = createVirtualClock(0)
  const client = new ClientStream(response, {
    requestId: 'x',
    ...times,
    quietStreams: quietStreams as never,
    clock
  })
  const target = { client, record: NOTHING_RECORDED, requestedModel: null, acceptEncoding: 'gzip' }
  client.keepAlive()
  let now = clock.uptime()
  return {
    intake: new ResponseIntake(200, headers, target, CONTROLLER),
    written,
    isEnded: () => isEnded,
    /** A round that finds what was written, and one after a silence. */
    silence() {
      for (const ms of [1, KEEPALIVE_MS]) for (const stream of watched) stream.look((now += ms))
    }
  }
}

const event = (name: string, data = `{"type":"${name}"}`) => `event: ${name}\ndata: ${data}\n\n`
const start = event(
  'message_start',
  '{"type":"message_start","message":{"model":"m","usage":{"input_tokens":1,"output_tokens":1}}}'
)

/** As the API writes it, so that it can be told from ours. */
const THEIR_PING = 'event: ping\ndata: {"type": "ping"}\n\n'

const inner = fc.oneof(
  fc.constantFrom(THEIR_PING, ': comment\n\n', ': a comment line\n', event('future_event'), 'data: {"type":"no_name"}\n\n'),
  fc
    .string({ unit: 'binary' })
    .map((text) => event('content_block_delta', JSON.stringify({ type: 'content_block_delta', delta: { text } })))
)
const ending = fc.constantFrom(event('message_stop'), event('error', '{"error":{"type":"api_error"}}'))
const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
const cuts = fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 40 })

test('the client has what the upstream sent up to its end, and our pings between whole events', () => {
  fc.assert(
    fc.property(
      fc.array(inner, { maxLength: 10 }),
      ending,
      fc.array(inner, { maxLength: 3 }),
      lineEnd,
      cuts,
      (middle, last, behind, lineEnd, cuts) => {
        const within = (start + middle.join('') + last).replaceAll('\n', lineEnd)
        const bytes = Buffer.from(within + behind.join('').replaceAll('\n', lineEnd))
        const expected = Buffer.from(within).toString('latin1')
        const { intake, written, silence, isEnded } = relayed({ 'content-type': 'text/event-stream' })
        const edges = cuts.map(([cut, isSilent]) => ({ at: cut % bytes.length, isSilent })).toSorted((a, b) => a.at - b.at)
        let from = 0
        for (const { at, isSilent } of [...edges, { at: bytes.length, isSilent: false }]) {
          if (at > from) intake.push(bytes.subarray(from, at), () => {})
          from = at
          if (isSilent) silence()
        }
        intake.end(() => {})
        assert.ok(isEnded())

        let passed = ''
        for (const piece of written) {
          if (piece !== PING) passed += piece
          else assert.ok(isBetweenEvents(passed, lineEnd), JSON.stringify(passed.slice(-50)))
        }
        assert.equal(passed, expected)
      }
    ),
    times(500)
  )
})

const isBetweenEvents = (passed: string, lineEnd: string) =>
  passed === '' || passed.endsWith(lineEnd + lineEnd) || (lineEnd === '\r\n' && passed.endsWith('\r\n\r'))

test('silence before the first event and between events is broken, in the middle of a long one or a coded stream it is not', async () => {
  const pings = (written: string[]) => written.filter((piece) => piece === PING).length
  const plain = relayed({ 'content-type': 'text/event-stream' })
  const push = (relay: typeof plain, bytes: Buffer) => new Promise<void>((resolve) => relay.intake.push(bytes, resolve))
  plain.silence()
  await push(plain, Buffer.from(THEIR_PING + THEIR_PING))
  plain.silence()
  assert.deepEqual([pings(plain.written), plain.intake.committed], [2, false], 'pings decide nothing')
  await push(plain, Buffer.from(`${start}event: content_block_delta\nda`))
  plain.silence()
  assert.equal(pings(plain.written), 3)
  await push(plain, Buffer.from(`ta: ${'x'.repeat(70_000)}`))
  plain.silence()
  assert.equal(pings(plain.written), 3)
  await push(plain, Buffer.from('\n\n'))
  plain.silence()
  assert.equal(pings(plain.written), 4)

  const coded = relayed({ 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
  await push(coded, gzipSync(start))
  coded.silence()
  assert.deepEqual([coded.intake.committed, pings(coded.written)], [true, 0])
})
