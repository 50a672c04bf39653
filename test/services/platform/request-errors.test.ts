import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../services/platform/gateway-errors.ts'
import { notFound, toGatewayError, urlNotValid } from '../../../services/platform/request-errors.ts'

const failure = (statusCode: number | undefined) => Object.assign(new Error('what is wrong'), { statusCode })

test("the framework's refusals of a request keep their status and words", () => {
  for (const [status, type] of [
    [400, 'invalid_request_error'],
    [413, 'request_too_large'],
    [415, 'invalid_request_error']
  ] as const) {
    const error = toGatewayError(failure(status))
    assert.deepEqual([error.status, error.type, error.message], [status, type, 'what is wrong'])
  }
})

test('any other failure is ours, and only the log learns of it', () => {
  for (const status of [undefined, 302, 500, 503]) {
    const cause = failure(status)
    const error = toGatewayError(cause)
    assert.deepEqual([error.status, error.type, error.cause], [500, 'api_error', cause])
    assert.ok(!error.message.includes('what is wrong'))
  }
  const own = new GatewayError(503, 'api_error', 'away')
  assert.equal(toGatewayError(own), own)
})

test('what is not there is named without its query, and a base URL with /v1 by its cause', () => {
  assert.equal(notFound({ method: 'GET', url: '/x?key=secret' }).message, 'Not found: GET /x')
  assert.match(notFound({ method: 'POST', url: '/v1/v1/messages' }).message, /base URL must not end in \/v1/)
})

test('a URL that cannot be routed is not repeated', () => {
  const cause = Object.assign(new Error("'/%zz-secret' is not a valid url"), { statusCode: 414 })
  const { status, message } = urlNotValid(cause)
  assert.deepEqual([status, message.includes('secret')], [414, false])
  assert.equal(urlNotValid(failure(undefined)).status, 400)
})
