import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import late from '../../routes/late.ts'
import { ADMIN_TOKEN, startGateway, USER, WITH_OIDC, type ErrorBody, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

const PASSWORD = 'correct horse battery'

interface Route {
  method: string
  url: string
  body: unknown
  isList: boolean
}

/** What the parameters of a path may be, without there being such a row. */
const EXAMPLES: Record<string, string> = {
  user_code: 'BCDF-GHJK',
  id: '999999999',
  user: 'nobody@example.com',
  key: '999999999',
  raise: '999999999',
  name: 'MAX_ATTEMPTS'
}

/** The console, the page that shows the API, where browsers come to with what an OpenID provider puts in their URL, and clients' routes, which are only described. */
const OPEN = /^\/console|^\/admin\/v1\/reference|^\/me\/v1\/oidc\/|^\/(?:v1|user)\//

/** All routes that are loaded late, as they are registered; put into an instance that never listens. */
async function routesOf({ app }: Gateway): Promise<Route[]> {
  const routes: Route[] = []
  const collector = fastify()
  const borrowed = app as unknown as Record<string, unknown>
  for (const name in borrowed) if (!(name in collector)) collector.decorate(name, borrowed[name])
  collector.decorateRequest('person', null)
  collector.addHook('onRoute', ({ method, url, schema }) => {
    if (OPEN.test(url)) return
    for (const name of [method].flat().filter((each) => each !== 'HEAD')) {
      routes.push({
        method: name,
        url,
        body: schema?.body,
        isList: /"data".*"next_cursor"/.test(JSON.stringify(schema?.response ?? {}))
      })
    }
  })
  await collector.register(late)
  return routes
}

/** The objects within a schema that name their fields and take others too. */
function openWithin(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const isOpen = 'properties' in schema && (!('additionalProperties' in schema) || schema.additionalProperties !== false)
  return [...(isOpen ? [path] : []), ...Object.entries(schema).flatMap(([name, inner]) => openWithin(inner, `${path}/${name}`))]
}

test('every route of operators and people takes its requests literally', async (t) => {
  const gateway = await startGateway(t, {
    env: WITH_OIDC
  })
  const { call, row } = operatorOf(gateway)
  const user = await row('users', ({ email }) => email === USER)
  assert.equal((await call('POST', `/users/${user.id}/password`, { password: PASSWORD })).status, 204)
  const routes = await routesOf(gateway)
  const actions = routes.filter(({ method }) => method !== 'GET')

  async function cookie(): Promise<string> {
    const response = await fetch(`${gateway.url}/me/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: USER, password: PASSWORD })
    })
    return response.headers.get('set-cookie')?.split(';')[0] ?? assert.fail(await response.text())
  }
  const session = await cookie()

  async function ask(
    { method, url }: Route,
    { body, query = '', as = session }: { body?: string; query?: string; as?: string }
  ) {
    const path = url.replaceAll(
      /:(\w+)/g,
      (_, name: string) => EXAMPLES[name] ?? assert.fail(`no example of ${name} in ${url}`)
    )
    const isOfPerson = url.startsWith('/me')
    const hasType = method !== 'GET' && (isOfPerson || body !== undefined)
    const response = await fetch(gateway.url + path + query, {
      method,
      headers: {
        ...(isOfPerson ? { cookie: as } : { authorization: `Bearer ${ADMIN_TOKEN}` }),
        ...(hasType ? { 'content-type': 'application/json' } : {})
      },
      ...(body === undefined ? {} : { body })
    })
    return { what: `${method} ${url}`, status: response.status, text: await response.text() }
  }
  function assertNamed(field: string, { what, status, text }: Awaited<ReturnType<typeof ask>>): void {
    assert.equal(status, 400, `${what}: ${text}`)
    const { error } = JSON.parse(text) as ErrorBody
    assert.equal(error.type, 'invalid_request_error')
    assert.match(error.message, new RegExp(`(^|; )${field} is not a known field: `), what)
  }

  await t.test('there are such routes, with and without a body', () => {
    assert.ok(actions.filter(({ body }) => body !== undefined).length > 15)
    assert.ok(actions.filter(({ body }) => body === undefined).length > 15)
    assert.ok(routes.some(({ url }) => url.startsWith('/me/v1')))
  })

  await t.test('with bodies that have no room for unknown fields at any depth', () => {
    for (const { method, url, body } of actions) assert.deepEqual(openWithin(body), [], `${method} ${url}`)
  })

  await t.test('and names a field of the body that it does not know', async () => {
    const responses = await Promise.all(actions.map((route) => ask(route, { body: '{"overlap":1}' })))
    for (const response of responses) assertNamed('overlap', response)
  })

  await t.test('and names a parameter of the query that it does not know', async () => {
    const responses = await Promise.all(routes.map((route) => ask(route, { query: '?overlap=1' })))
    for (const response of responses) assertNamed('overlap', response)
  })

  await t.test('and every list takes a limit', async () => {
    // What one of something has is asked of one that there is elsewhere.
    const lists = routes.filter(({ isList, url }) => isList && !url.includes(':id'))
    assert.ok(lists.length > 12)
    for (const { what, status, text } of await Promise.all(lists.map((route) => ask(route, { query: '?limit=1' })))) {
      assert.equal(status, 200, `${what}: ${text}`)
    }
  })

  // What ends the session comes last.
  const bodyless = actions
    .filter(({ body }) => body === undefined)
    .toSorted((a, b) => a.url.indexOf('/sign-out') - b.url.indexOf('/sign-out') || b.url.length - a.url.length)
  for (const body of [undefined, '', ' { } ']) {
    await t.test(`what takes no body is content with ${body === undefined ? 'none' : JSON.stringify(body)}`, async () => {
      const as = await cookie()
      for (const route of bodyless) {
        const { what, status, text } = await ask(route, { ...(body === undefined ? {} : { body }), as })
        assert.ok(status < 300 || status === 404, `${what}: ${status} ${text.slice(0, 300)}`)
      }
    })
  }

  await t.test('and refuses what is no JSON object', async () => {
    for (const body of ['[]', '[{"overlap":1}]', '1', '"overlap"', 'true']) {
      const { status, text } = await ask(bodyless[0]!, { body })
      assert.equal(status, 400, text)
      assert.match(text, /the request must be a JSON object/)
    }
  })
})
