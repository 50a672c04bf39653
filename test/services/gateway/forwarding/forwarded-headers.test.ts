import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientHeaders, upstreamHeaders } from '../../../../services/gateway/forwarding/forwarded-headers.ts'

function sent(client: Record<string, string | string[]>, keepContentEncoding = true) {
  const list = upstreamHeaders(client, { 'x-api-key': 'upstream-key' }, { keepContentEncoding, oauth: false })
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]]] : [])))
}

test('headers of the API and of its clients go up, also ones nobody has heard of', () => {
  const headers = {
    'anthropic-version': '2026-10-21',
    'anthropic-beta': 'a,b',
    'anthropic-future': '1',
    'x-stainless-retry-count': '0',
    'x-claude-code-session-id': 's',
    'x-app': 'cli',
    'user-agent': 'claude-cli/2.1.330',
    'content-type': 'application/json'
  }
  assert.deepEqual(sent(headers), { ...headers, 'accept-encoding': 'identity', 'x-api-key': 'upstream-key' })
})

test("the client's credentials, cookies and network stay here", () => {
  const up = sent({
    authorization: 'Bearer sk-sluice-secret',
    'x-api-key': 'sk-sluice-secret',
    cookie: 'a=b',
    host: 'sluice.example',
    'x-forwarded-for': '10.0.0.1',
    connection: 'keep-alive',
    'content-length': '5',
    'transfer-encoding': 'chunked',
    'accept-encoding': 'gzip'
  })
  assert.deepEqual(up, { 'anthropic-version': '2023-06-01', 'accept-encoding': 'identity', 'x-api-key': 'upstream-key' })
})

test('a body that is sent decoded is not called encoded', () => {
  assert.equal(sent({ 'content-encoding': 'gzip' })['content-encoding'], 'gzip')
  assert.equal(sent({ 'content-encoding': 'gzip' }, false)['content-encoding'], undefined)
})

const OAUTH = { authorization: 'Bearer upstream-token' }

function betasSent(client: Record<string, string | string[]>, oauth = true): string[] {
  const list = upstreamHeaders(client, OAUTH, { keepContentEncoding: true, oauth })
  return list.filter((_, index) => list[index - 1] === 'anthropic-beta' && index % 2 === 1)
}

test("a sign-in's beta joins the client's list, which stays as it is", () => {
  const beta = 'oauth-2025-04-20'
  const cases: [string | string[] | null, string[]][] = [
    [null, [beta]],
    ['', [beta]],
    ['b, a,,c ', [`b, a,,c ,${beta}`]],
    [beta, [beta]],
    [`a, ${beta} ,b`, [`a, ${beta} ,b`]],
    [`x${beta}`, [`x${beta},${beta}`]],
    [
      ['b, a', 'c'],
      ['b, a', `c,${beta}`]
    ],
    [
      [`b, ${beta}`, 'c'],
      [`b, ${beta}`, 'c']
    ]
  ]
  for (const [value, expected] of cases) {
    const client = value === null ? {} : { 'anthropic-beta': value }
    assert.deepEqual(betasSent(client), expected, String(value))
    assert.deepEqual(betasSent(client, false), value === null ? [] : [value].flat())
  }
})

test("whatever the account's credential is, it is the only one that goes up", () => {
  const client = {
    authorization: 'Bearer sk-sluice-secret',
    'x-api-key': 'sk-sluice-secret',
    'proxy-authorization': 'Basic sk-sluice-secret',
    cookie: 'sk-sluice-secret',
    connection: 'authorization, anthropic-beta',
    'anthropic-beta': 'a'
  }
  for (const credential of [OAUTH, { 'x-api-key': 'upstream-key' }]) {
    for (const oauth of [true, false]) {
      const list = upstreamHeaders(client, credential, { keepContentEncoding: true, oauth })
      assert.doesNotMatch(list.join(), /sk-sluice-secret/)
      const names = list.filter((_, index) => index % 2 === 0)
      const beta = oauth ? 'a,oauth-2025-04-20' : 'a'
      assert.equal(list[names.indexOf('anthropic-beta') * 2 + 1], beta)
      assert.deepEqual(
        names.filter((name) => ['authorization', 'x-api-key', 'proxy-authorization'].includes(name)),
        Object.keys(credential)
      )
    }
  }
})

test('of a response passes what clients read, and what is the API’s own', () => {
  const passed = {
    'content-type': 'application/json',
    'request-id': 'req_1',
    'retry-after': '3',
    'retry-after-ms': '2500',
    'x-should-retry': 'true',
    'cf-ray': 'x',
    traceresponse: '00-1',
    'anthropic-unheard-of': 'yes'
  }
  const kept = {
    connection: 'keep-alive, x-hop',
    'x-hop': '1',
    'keep-alive': 'timeout=5',
    'transfer-encoding': 'chunked',
    'set-cookie': ['a=b'],
    server: 'cloudflare',
    'alt-svc': 'h3=":443"',
    'strict-transport-security': 'max-age=1',
    'x-litellm-key-spend': '12.5',
    'anthropic-ratelimit-requests-remaining': '1',
    'anthropic-ratelimit-unified-5h-utilization': '0.5',
    'anthropic-fast-output-tokens-remaining': '1',
    'anthropic-priority-input-tokens-limit': '1',
    'anthropic-fast-status': 'allowed',
    'anthropic-priority-tier': '1',
    'anthropic-unheard-of-tokens-reset': '1',
    'anthropic-organization-id': 'o',
    'anthropic-workspace-id': 'w'
  }
  assert.deepEqual(clientHeaders({ ...passed, ...kept }), passed)
})

test('an upstream may send several connection headers', () => {
  const sent = { connection: ['close', 'X-Hop'], 'x-hop': '1', 'request-id': 'req_1' } as unknown as Record<string, string>
  assert.deepEqual(clientHeaders(sent), { 'request-id': 'req_1' })
})
