import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Pool } from 'undici'
import { systemClock } from '../../../../services/platform/clock.ts'
import { checkUpstream } from '../../../../services/gateway/accounts/upstream-check.ts'

/** What the check makes of an upstream that answers so; a body of null never comes. */
async function check(t: TestContext, status: number, body: string | null) {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' })
    if (body === null) response.flushHeaders()
    else response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dispatcher = new Pool(origin)
  t.after(async () => {
    await dispatcher.destroy()
    server.closeAllConnections()
    server.close()
  })
  const credential = { 'x-tenant': 'tenant-of-tests', 'x-api-key': 'key-1' }
  const headers = Object.entries(credential).flat()
  const question = { dispatcher, origin, basePath: '', headers, credential, model: 'claude-haiku-4-5' }
  return await checkUpstream({ ...question, timeoutMs: body === null ? 300 : 20_000, clock: systemClock })
}

test('a count of tokens is what it wants', async (t) => {
  const { isOk, status, problem } = await check(t, 200, '{"input_tokens":8}')
  assert.deepEqual([isOk, status, problem], [true, 200, null])
})

test('anything else is a problem that it names', async (t) => {
  const error = (type: string, message: string) => JSON.stringify({ type: 'error', error: { type, message } })
  for (const [status, body, problem] of [
    [200, '<html>Welcome</html>', /^status 200, no count of tokens$/],
    [200, '{"input_tokens":"8"}', /^status 200, no count of tokens$/],
    [401, error('authentication_error', 'invalid x-api-key'), /401.*invalid x-api-key/],
    [401, error('authentication_error', 'no key-1 of tenant-of-tests'), /: no \*{5} of \*{15}$/],
    [404, error('not_found_error', 'model: x'), /^404 not_found_error: model: x$/],
    [429, error('rate_limit_error', 'slow down'), /429.*slow down/],
    [500, 'x'.repeat(200_000), /500/],
    [302, '', /302/],
    [200, null, /./]
  ] as const) {
    const result = await check(t, status, body)
    assert.equal(result.isOk, false)
    assert.match(result.problem!, problem)
  }
})
