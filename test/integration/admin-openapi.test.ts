import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { ADMIN_TOKEN, ask, CLIENT_KEY, startGateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Record<string, unknown>
}

interface Operation {
  operationId: string
  summary?: string
  tags: string[]
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: TSchema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: TSchema }> }>
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
  const ofMembers = await readFile(new URL('../member-routes.ts', url), 'utf8')
  const sources = await Promise.all(
    (await readdir(url)).map(async (file) => {
      const source = await readFile(new URL(file, url), 'utf8')
      return [
        source,
        source.includes('resourceRoutes(app,') ? routesOfRows(`/${file.slice(0, -3)}`, source) : '',
        source.includes('memberRoutes(app,') ? ofMembers : ''
      ].join()
    })
  )
  return sources
    .flatMap((source) => [...source.matchAll(/app\.(get|post|put|patch|delete)(?:<\w+>)?\(\s*['"`](\/[^'"`]*)['"`]/g)])
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
  const onAll = source.includes('create: false') ? ['get'] : ['get', 'post']
  return [...onAll.map((method) => [method, path]), ...onOne.map((method) => [method, `${path}/:id`])]
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

/** Routes of clients, which read what they need by themselves. */
const OF_CLIENTS = [
  'get /user/balance',
  'get /v1/models',
  'get /v1/models/{id}',
  'get /v1/usage',
  'post /v1/messages',
  'post /v1/messages/count_tokens'
]
/** Open to everybody, and refuse whoever shows nothing that is right. */
const SIGNS_IN = ['post /me/v1/sign-in', 'post /me/v1/console-link']
const IF_MATCH =
  /^(?:patch|delete) |^put .*\/(?:settings|price-overrides|members)\/|\/(?:rotate|revoke|extend|suspend|resume|end)$/

test('the API describes itself', async (t) => {
  const gateway = await startGateway(t, { env: { AUTH_FAILURES_MAX: '10000' } })
  const { call, refusal } = operatorOf(gateway)
  const document = await gateway.admin<Document>('/openapi.json')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, path, operation }))
  )
  const ofOperators = operations.filter(({ path }) => path.startsWith('/admin/'))
  const operationOf = (route: string) => operations.find((entry) => entry.route === route)!.operation

  await t.test('every route there is is described, and nothing else', async () => {
    const described = operations.map(({ route }) => route).toSorted()
    const people = await routesInSource('me', '/me/v1')
    const inSource = [...(await routesInSource('admin', '/admin/v1')), ...people, ...OF_CLIENTS]
    // Where no OpenID provider is set, nobody is sent there.
    assert.deepEqual(described, inSource.filter((route) => !route.includes('/oidc/')).toSorted())
    assert.ok(described.length > 70)
    for (const { route, path, operation } of operations) {
      // Without a token, what is there refuses, and what is not there is not there.
      const method = route.split(' ')[0]!.toUpperCase()
      const { status } = await fetch(gateway.adminUrl + path.replace(/\{\w+\}/g, '1'), { method })
      assert.equal(status === 401, operation.security !== undefined, route)
    }
  })

  await t.test('who may ask is said with each route, and is what is looked at', async () => {
    const letIn: Record<string, object> = {
      adminToken: { authorization: `Bearer ${ADMIN_TOKEN}` },
      clientKey: { 'x-api-key': CLIENT_KEY },
      clientToken: { authorization: `Bearer ${CLIENT_KEY}` }
    }
    const schemes = new Set(operations.flatMap(({ operation: { security = [] } }) => security.flatMap(Object.keys)))
    assert.deepEqual([...schemes].toSorted(), Object.keys(document.components.securitySchemes).toSorted())
    for (const { route, path, operation } of operations.filter((entry) => entry.route.startsWith('get '))) {
      const at = path.replace(/\{\w+\}/g, '1')
      for (const scheme of Object.keys(letIn)) {
        const { status } = await fetch(gateway.adminUrl + at, { headers: { ...letIn[scheme] } })
        const isEnough = operation.security?.some((each) => scheme in each) ?? true
        assert.equal(status !== 401, isEnough, `${route} by ${scheme}`)
      }
    }
  })

  await t.test('each route says in a line what it does, and what it answers with', async () => {
    const summaries = operations.map(({ operation }) => operation.summary ?? '')
    for (const summary of summaries) assert.match(summary, /^[A-Z][^\n]{5,90}[^.]$/)
    assert.equal(new Set(summaries).size, summaries.length, 'two do the same')
    const schemaless = operations.filter(({ operation: { responses } }) =>
      Object.values(responses).some(({ content }) => {
        const schema = content?.['application/json']?.schema
        return schema !== undefined && 'type' in schema && schema.type === 'object' && !('properties' in schema)
      })
    )
    // The document itself, and the upstream's response.
    assert.deepEqual(schemaless.map(({ route }) => route).toSorted(), ['get /admin/v1/openapi.json', 'post /v1/messages'])
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

  await t.test('it is a valid document, with valid schemas', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
    assert.ok(valid, JSON.stringify(errors))
    assert.match(document.openapi, /^3\.1\.\d+$/)
    const ajv = new Ajv2020({ strict: false })
    const schemas = operations.flatMap(({ operation: { parameters = [], requestBody, responses } }) => [
      ...parameters.map(({ schema }) => schema),
      ...[requestBody, ...Object.values(responses)].flatMap((body) =>
        Object.values(body?.content ?? {}).map(({ schema }) => schema)
      )
    ])
    for (const schema of schemas) assert.ok(ajv.validateSchema(schema), ajv.errorsText(ajv.errors))
    assert.ok(schemas.length > 200)
    assert.doesNotMatch(JSON.stringify(document), /"meaning":"/)
    assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
    for (const [, ref] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      assert.ok(Object.hasOwn(document.components.schemas, ref!), ref)
    }
  })

  await t.test('headers and refusals are described', () => {
    for (const { route, path, operation } of operations) {
      const { parameters = [], security, responses, tags } = operation
      const headers = parameters.filter(({ in: place }) => place === 'header').map(({ name }) => name)
      const takesVersion = IF_MATCH.test(route) && !/\/(?:secrets|sessions)\//.test(route)
      assert.equal(headers.includes('if-match'), takesVersion, route)
      assert.equal('412' in responses, takesVersion, route)
      assert.equal('401' in responses, security !== undefined || SIGNS_IN.includes(route), route)
      assert.equal('404' in responses, path.includes('{') || OF_CLIENTS.slice(-2).includes(route), route)
      assert.equal('400' in responses, parameters.length > 0 || operation.requestBody !== undefined, route)
      assert.equal(tags.length, 1, route)
      const refusals = Object.entries(responses).filter(([status]) => !status.startsWith('2'))
      assert.ok('default' in responses && refusals.length < Object.keys(responses).length, route)
      for (const [, { content, description }] of refusals) {
        assert.deepEqual(content?.['application/json']?.schema, { $ref: '#/components/schemas/Error' }, route)
        assert.ok(description.length > 10, `${route}: ${description}`)
      }
    }
  })

  await t.test('parameters, bodies and headers are those that requests are checked with', () => {
    const parametersOf = (route: string) =>
      operationOf(route).parameters!.map(({ name, in: place, required = false }) => [name, place, required])
    assert.deepEqual(parametersOf('get /admin/v1/keys'), [
      ['limit', 'query', false],
      ['cursor', 'query', false],
      ['user', 'query', false],
      ['group', 'query', false],
      ['team', 'query', false],
      ['status', 'query', false],
      ['q', 'query', false]
    ])
    assert.deepEqual(parametersOf('patch /admin/v1/keys/{id}'), [
      ['id', 'path', true],
      ['if-match', 'header', false]
    ])
    assert.deepEqual(parametersOf('post /admin/v1/users/{id}/balance-adjustments'), [
      ['id', 'path', true],
      ['idempotency-key', 'header', true]
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
    for (const { route, path, operation } of ofOperators) {
      const method = route.split(' ')[0]!.toUpperCase()
      const at = path
        .replace('/admin/v1', '')
        .replace('{name}', 'QUEUE_EXTRA')
        .replace('{user}', USER)
        .replace(/\{\w+\}/, '1')
      for (const fields of [{ nothing_0: 'x' }, many]) {
        const refusals = [
          ...(operation.requestBody === undefined ? [] : [await refusal(method, at, fields)]),
          ...(operation.parameters?.some(({ in: place }) => place === 'query')
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

  await t.test('responses are as they are described', async () => {
    await (await gateway.messages(ask())).arrayBuffer()
    await gateway.settledEvents(1)
    const responses: [route: string, path: string, status: string, body?: object][] = [
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
    for (const [route, path, status, sent] of responses) {
      const { body, status: found } = await call(route.split(' ')[0]!.toUpperCase(), path, sent)
      assert.equal(String(found), status, route)
      assert.ok(Check(operationOf(route).responses[status]!.content!['application/json']!.schema, body), route)
    }
    const refused = await gateway.messages('{}')
    const id = refused.headers.get('x-sluice-exchange-id') ?? ''
    const [answered] = await gateway.settledEvents(1)
    for (const exchange of [id, answered!.exchange_id]) {
      const explanation = operationOf('get /admin/v1/exchanges/{id}').responses['200']!.content!['application/json']!.schema
      assert.deepEqual([...Errors(explanation, (await call('GET', `/exchanges/${exchange}`)).body)], [])
    }
    const { body } = await call('GET', '/keys/999999')
    assert.ok(Check(document.components.schemas['Error'] as TSchema, body))
  })

  await t.test('it is for operators', async () => {
    assert.equal((await gateway.get('/admin/v1/openapi.json')).status, 401)
  })
})
