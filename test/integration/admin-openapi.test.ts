import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { ask, startGateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

interface Parameter {
  name: string
  in: string
  required: boolean
  schema: Record<string, unknown>
}

interface Operation {
  operationId: string
  summary?: string
  security: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: TSchema }> }
  responses: Record<string, { description: string; content: Record<string, { schema: TSchema }> }>
}

interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, object>; schemas: Record<string, object> }
}

/** The routes as the source registers them, under their prefix, with `{id}` for what varies. */
async function routesInSource(folder: string, prefix: string): Promise<string[]> {
  const url = new URL(`../../routes/${folder}/`, import.meta.url)
  const sources = await Promise.all(
    (await readdir(url)).map(async (file) => {
      const source = await readFile(new URL(file, url), 'utf8')
      return source.includes('resourceRoutes(app,') ? source + routesOfRows(`/${file.slice(0, -3)}`, source) : source
    })
  )
  return sources
    .flatMap((source) => [...source.matchAll(/app\.(get|post|put|patch|delete)\(\s*['"`](\/[^'"`]*)['"`]/g)])
    .map(([, method, path]) => `${method} ${prefix}${path!.replace(/\/$/, '').replace(/:(\w+)/g, '{$1}')}`)
    .flatMap((route) =>
      route.includes('${act}') ? ['suspend', 'resume', 'revoke'].map((act) => route.replace('${act}', act)) : [route]
    )
    .toSorted()
}

/** What each kind of row has, as its own file would register it. */
function routesOfRows(path: string, source: string): string {
  const onOne = [
    'get',
    source.includes('change: false') ? [] : 'patch',
    source.includes('remove: false') ? [] : 'delete'
  ].flat()
  return [...['get', 'post'].map((method) => [method, path]), ...onOne.map((method) => [method, `${path}/:id`])]
    .map(([method, at]) => ` app.${method}('${at}'`)
    .join()
}

/** The routes that a page names: `POST /a/b`, and after it in the same cell just `/c` for `POST /a/c`. */
async function routesOnPage(page: string, prefix = ''): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  return text.split('\n').flatMap((line) => {
    const cell = line.startsWith('|') ? (line.split('|')[1] ?? '') : line
    let last = ''
    return [...cell.matchAll(/`(?:(GET|POST|PUT|PATCH|DELETE) )?(\/[\w{}:./-]+)[^`]*`/g)].flatMap(([, method, path = '']) => {
      if (method === undefined && last === '') return []
      last = method === undefined ? last.replace(/\/[^/]*$/, path) : `${method.toLowerCase()} ${prefix}${path}`
      return [last.replace(/:(\w+)/g, '{$1}')]
    })
  })
}

test('the pages name every route of operators and of people, and no other', async () => {
  const unique = (routes: string[]) => [...new Set(routes)].toSorted()
  // Paths that the page gives whole are of the page to read, and of clients.
  const named = (await routesOnPage('admin-api.md', '/admin/v1')).filter(
    (route) => !/ \/admin\/v1\/(?:admin\/)?v1\//.test(route)
  )
  assert.deepEqual(unique(named), await routesInSource('admin', '/admin/v1'))
  assert.deepEqual(unique(await routesOnPage('sign-in.md')), await routesInSource('me', '/me/v1'))
})

test('the admin API describes itself', async (t) => {
  const gateway = await startGateway(t)
  const { call, refusal } = operatorOf(gateway)
  const document = await gateway.admin<Document>('/openapi.json')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, path, operation }))
  )
  const operationOf = (route: string) => operations.find((entry) => entry.route === route)!.operation

  await t.test('every route there is is described, and nothing else', async () => {
    const described = operations.map(({ route }) => route).toSorted()
    assert.deepEqual(described, await routesInSource('admin', '/admin/v1'))
    assert.ok(described.length > 30)
    for (const route of described) {
      const [method, path] = route.split(' ') as [string, string]
      // Without a token, what is there refuses, and what is not there is not there.
      const { status } = await fetch(gateway.adminUrl + path.replace(/\{\w+\}/g, '1'), { method: method.toUpperCase() })
      assert.equal(status, 401, route)
    }
  })

  await t.test('each route says in a line what it does, and what it answers with', async () => {
    const summaries = operations.map(({ operation }) => operation.summary ?? '')
    for (const summary of summaries) assert.match(summary, /^[A-Z][^\n]{5,90}[^.]$/)
    assert.equal(new Set(summaries).size, summaries.length, 'two do the same')
    const schemaless = operations.filter(({ operation: { responses } }) =>
      Object.values(responses).some(({ content }) => {
        const { schema } = content['application/json']!
        return 'type' in schema && schema.type === 'object' && !('properties' in schema)
      })
    )
    // An archive, the document itself, and an explanation whose parts depend on what there is to explain.
    assert.deepEqual(schemaless.map(({ route }) => route).toSorted(), [
      'get /admin/v1/exchanges/{id}',
      'get /admin/v1/openapi.json',
      'post /admin/v1/backup'
    ])
  })

  await t.test('it is a page too, which needs no token and nothing from elsewhere', async () => {
    const at = (path: string) => fetch(`${gateway.adminUrl}/admin/v1/reference${path}`)
    const page = await at('')
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/)
    const html = await page.text()
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
    assert.ok(parts.length > 3)
    for (const part of parts) {
      const url = new URL(part, `${gateway.adminUrl}/admin/v1/reference`)
      assert.equal(url.origin, gateway.adminUrl)
      assert.equal((await fetch(url)).status, 200, part)
    }
    assert.deepEqual(((await (await at('/json')).json()) as Document).paths, document.paths)
    assert.equal((await fetch(`${gateway.adminUrl}/admin/v1/users`)).status, 401)
    assert.equal((await fetch(`${gateway.adminUrl}/admin/v1/reference/static/..%2f..%2f..%2fpackage.json`)).status, 404)
  })

  await t.test('the document is whole', () => {
    assert.match(document.openapi, /^3\.1\.\d+$/)
    assert.ok(document.info.title !== '' && document.info.version !== '')
    assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
    for (const [, ref] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      assert.ok(Object.hasOwn(document.components.schemas, ref!), ref)
    }
    for (const { route, path, operation } of operations) {
      const inPath = operation.parameters.filter(({ in: place }) => place === 'path')
      assert.deepEqual(
        inPath.map(({ name, required }) => [name, required]),
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, true]),
        route
      )
      for (const { in: place, schema } of operation.parameters) {
        assert.ok(['path', 'query', 'header'].includes(place) && Object.keys(schema).length > 0, route)
      }
      for (const name of operation.security.flatMap(Object.keys)) assert.ok(name in document.components.securitySchemes)
      assert.equal(operation.security.length, 1, route)
      assert.ok(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        route
      )
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        assert.match(status, /^(?:default|[1-5](?:\d\d|XX))$/, route)
        assert.ok(description !== '' && content['application/json'] !== undefined, route)
      }
    }
  })

  await t.test('parameters, bodies and headers are those that requests are checked with', () => {
    const parametersOf = (route: string) =>
      operationOf(route).parameters.map(({ name, in: place, required }) => [name, place, required])
    assert.deepEqual(parametersOf('get /admin/v1/keys'), [
      ['limit', 'query', false],
      ['cursor', 'query', false],
      ['user', 'query', false],
      ['group', 'query', false],
      ['status', 'query', false]
    ])
    assert.deepEqual(parametersOf('patch /admin/v1/keys/{id}'), [
      ['id', 'path', true],
      ['If-Match', 'header', false]
    ])
    assert.deepEqual(parametersOf('post /admin/v1/users/{id}/balance-adjustments'), [
      ['id', 'path', true],
      ['Idempotency-Key', 'header', true]
    ])
    const schemaOf = (route: string) => operationOf(route).requestBody!.content['application/json']!.schema
    assert.ok(Check(schemaOf('post /admin/v1/keys'), { user: USER, name: 'k', allowed_ips: ['::1'] }))
    assert.ok(!Check(schemaOf('post /admin/v1/keys'), { user: USER }))
    assert.ok(!Check(schemaOf('post /admin/v1/keys'), { user: USER, name: 'k', hash: 'x' }))
    assert.deepEqual(
      ['post /admin/v1/keys', 'post /admin/v1/keys/{id}/rotate'].map((route) => operationOf(route).requestBody!.required),
      [true, false]
    )
  })

  await t.test('a field that is not described is refused by its name, alone and among many', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`nothing_${n}`, 'x']))
    for (const { route, path, operation } of operations) {
      const method = route.split(' ')[0]!.toUpperCase()
      const at = path
        .replace('/admin/v1', '')
        .replace('{name}', 'QUEUE_EXTRA')
        .replace(/\{\w+\}/, '1')
      for (const fields of [{ nothing_0: 'x' }, many]) {
        const refusals = [
          ...(operation.requestBody === undefined ? [] : [await refusal(method, at, fields)]),
          ...(operation.parameters.some(({ in: place }) => place === 'query')
            ? [await refusal(method, `${at}?${new URLSearchParams(fields).toString()}`)]
            : [])
        ]
        for (const [status, message = ''] of refusals) {
          assert.equal(status, 400, `${route}: ${message}`)
          assert.match(message, /nothing_0 is not a known field/, route)
        }
      }
    }
  })

  await t.test('answers are as they are described', async () => {
    await (await gateway.messages(ask())).arrayBuffer()
    await gateway.settledEvents(1)
    const answers: [route: string, path: string, status: string, body?: object][] = [
      ['get /admin/v1/keys', '/keys', '200'],
      ['get /admin/v1/keys/{id}', '/keys/1', '200'],
      ['get /admin/v1/groups', '/groups', '200'],
      ['get /admin/v1/users', '/users', '200'],
      ['get /admin/v1/accounts', '/accounts', '200'],
      ['get /admin/v1/usage-events', '/usage-events', '200'],
      ['get /admin/v1/ledger-entries', '/ledger-entries', '200'],
      ['get /admin/v1/slots', '/slots', '200'],
      ['post /admin/v1/users', '/users', '201', { email: 'new@example.com' }],
      ['post /admin/v1/keys', '/keys', '201', { user: USER, name: 'new' }],
      ['patch /admin/v1/keys/{id}', '/keys/1', '200', { name: 'renamed' }]
    ]
    for (const [route, path, status, sent] of answers) {
      const { body, status: found } = await call(route.split(' ')[0]!.toUpperCase(), path, sent)
      assert.equal(String(found), status, route)
      assert.ok(Check(operationOf(route).responses[status]!.content['application/json']!.schema, body), route)
    }
    const { body } = await call('GET', '/keys/999999')
    assert.ok(Check(document.components.schemas['Error'] as TSchema, body))
  })

  await t.test('it is for operators', async () => {
    assert.equal((await gateway.get('/admin/v1/openapi.json')).status, 401)
  })
})
