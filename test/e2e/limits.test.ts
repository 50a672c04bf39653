import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { ADMIN_TOKEN, ask, startGateway, type Gateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

async function statusOfRaw({ url }: Gateway, t: TestContext, lines: string[]) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  socket.write(`${[...lines, 'host: x', 'connection: close'].join('\r\n')}\r\n\r\n`)
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(await text(socket))?.[1])
}

const admin = (gateway: Gateway, path: string, body: string) =>
  fetch(`${gateway.adminUrl}/admin/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body
  })

await suite('limits of a request', async () => {
  test('its URL and all its headers together have 16 KiB', async (t) => {
    const gateway = await startGateway(t)
    assert.equal(await statusOfRaw(gateway, t, [`GET /v1/models?after_id=${'a'.repeat(17_000)} HTTP/1.1`]), 431)
    assert.equal(await statusOfRaw(gateway, t, ['GET /livez HTTP/1.1', `x: ${'a'.repeat(17_000)}`]), 431)
    const many = Array.from({ length: 3000 }, (_, n) => `x-${n}: a`)
    assert.equal(await statusOfRaw(gateway, t, ['GET /livez HTTP/1.1', ...many]), 431)
    assert.equal((await gateway.messages(ask())).status, 200)
  })

  test('more connections than MAX_CONNECTIONS are closed at once, and told of once', async (t) => {
    const gateway = await startGateway(t, { env: { MAX_CONNECTIONS: '3' } })
    const { hostname, port } = new URL(gateway.url)
    const open = async () => {
      const socket = connect(Number(port), hostname)
      t.after(() => socket.destroy())
      await once(socket, 'connect')
      return socket
    }
    const held = [await open(), await open(), await open()]
    for (let n = 0; n < 3; n++) await once((await open()).resume(), 'close')
    const told = gateway.logs.filter((line) => line.includes('MAX_CONNECTIONS'))
    assert.equal(told.length, 1)
    for (const socket of held) socket.destroy()
    await until('there is room again', async () => (await gateway.messages(ask()).catch(() => null))?.status === 200)
  })

  test('a body of the admin API that is nested deeply, or multiplies by its aliases, is refused', async (t) => {
    const gateway = await startGateway(t)
    const nested = '['.repeat(100_000) + ']'.repeat(100_000)
    const laughs = Array.from({ length: 30 }, (_, n) => `a${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`).slice(1)
    const files = ['['.repeat(10_000), nested, `{"users":${nested}}`, ['a0: &a0 [lol]', ...laughs].join('\n')]
    for (const path of ['/apply', '/users', '/keys', '/groups']) {
      for (const body of [nested, `{"name":${nested}}`, `{"file":"","x":${nested}}`]) {
        const response = await admin(gateway, path, body)
        await response.text()
        assert.equal(response.status, 400, path)
      }
    }
    for (const file of files) {
      const response = await admin(gateway, '/apply', JSON.stringify({ file }))
      await response.text()
      assert.equal(response.status, 400, file.slice(0, 20))
    }
    // The one body whose inside no schema closes.
    const book = await fetch(`${gateway.adminUrl}/admin/v1/price-book`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: `{"book":${nested}}`
    })
    await book.text()
    assert.equal(book.status, 400)
    assert.equal((await gateway.messages(ask())).status, 200)
  })

  test('a body that is parsed whole has 4 MiB of an operator’s, and 64 KiB of anybody’s', async (t) => {
    const gateway = await startGateway(t)
    const post = async (path: string, bytes: number) => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ file: '#'.repeat(bytes) })
      const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body })
      return [response.status, ((await response.json()) as { error: { type: string } }).error.type]
    }
    assert.deepEqual(await post('/admin/v1/apply', 4_194_304), [413, 'request_too_large'])
    assert.deepEqual(await post('/admin/v1/apply', 4_000_000), [400, 'invalid_request_error'])
    assert.deepEqual(await post('/me/v1/sign-in', 65_536), [413, 'request_too_large'])
    assert.deepEqual(await post('/me/v1/sign-in', 65_000), [400, 'invalid_request_error'])
    assert.deepEqual(await post('/nowhere', 5_000_000), [404, 'not_found_error'])
  })

  test('a body of the admin API cannot name a prototype', async (t) => {
    const gateway = await startGateway(t)
    for (const body of ['{"__proto__":{"role":"admin"}}', '{"constructor":{"prototype":{"role":"admin"}}}']) {
      const response = await admin(gateway, '/users', body)
      await response.text()
      assert.equal(response.status, 400)
    }
    assert.equal(({} as { role?: string }).role, undefined)
  })
})
