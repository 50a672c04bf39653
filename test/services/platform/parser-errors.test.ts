import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { refuseUnparsed } from '../../../services/platform/parser-errors.ts'

function connection(changes: object = {}) {
  const written: string[] = []
  let destroyed = false
  const socket = {
    writable: true,
    end: (text: string) => void written.push(text),
    destroy: () => void (destroyed = true),
    ...changes
  } as unknown as Socket
  return { socket, written, isDestroyed: () => destroyed }
}

const errorWith = (code: string) => Object.assign(new Error(code), { code })

test('what the parser refused is answered by its kind, in the shape of the API, and the connection closes', () => {
  for (const [code, status, type] of [
    ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large', 'invalid_request_error'],
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout', 'timeout_error'],
    ['HPE_INVALID_METHOD', '400 Bad Request', 'invalid_request_error']
  ] as const) {
    const { socket, written, isDestroyed } = connection()
    const refusal = refuseUnparsed(errorWith(code), socket, 'id-1')
    const [head = '', body = ''] = written.join('').split('\r\n\r\n')
    const [statusLine, ...headers] = head.split('\r\n')
    assert.equal(statusLine, `HTTP/1.1 ${status}`)
    assert.ok(headers.includes('connection: close'))
    assert.ok(headers.includes('request-id: id-1'))
    assert.ok(headers.includes(`content-length: ${Buffer.byteLength(body)}`))
    assert.deepEqual(JSON.parse(body), {
      type: 'error',
      error: { type, message: refusal?.message },
      request_id: 'id-1'
    })
    assert.equal(refusal?.status, status)
    assert.equal(isDestroyed(), false)
  }
})

test('nothing is written to a connection that is gone, or in the middle of a response', () => {
  for (const [code, changes] of [
    ['ECONNRESET', {}],
    ['HPE_INVALID_METHOD', { writable: false }],
    ['HPE_INVALID_METHOD', { _httpMessage: { headersSent: true } }]
  ] as const) {
    const { socket, written, isDestroyed } = connection(changes)
    assert.equal(refuseUnparsed(errorWith(code), socket, 'id-1'), null)
    assert.deepEqual(written, [])
    assert.equal(isDestroyed(), true)
  }
})

test('a response that has not begun leaves room for the refusal', () => {
  const { socket, written } = connection({ _httpMessage: { headersSent: false } })
  assert.notEqual(refuseUnparsed(errorWith('ERR_HTTP_REQUEST_TIMEOUT'), socket, 'id-1'), null)
  assert.equal(written.length, 1)
})
