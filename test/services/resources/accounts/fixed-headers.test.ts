import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixedHeaderProblem, fixedHeaders } from '../../../../services/resources/accounts/fixed-headers.ts'

test('an account may have the headers that gateways and tenants want', () => {
  for (const name of [
    'X-Tenant',
    'api-key',
    'cf-access-client-secret',
    'HTTP-Referer',
    'x-goog-user-project',
    'x_team',
    'constructor'
  ])
    assert.equal(fixedHeaderProblem(name), null, name)
})

test('it has none that Sluice, the client or HTTP sets, or that says who asks', () => {
  const taken = `authorization X-Api-Key cookie proxy-authorization host Connection keep-alive te trailer upgrade transfer-encoding
    expect content-length Content-Type content-encoding accept accept-encoding accept-language user-agent anthropic-version
    anthropic-beta anthropic-new x-stainless-os x-claude-code-session-id x-app x-forwarded-for forwarded via x-real-ip
    cf-connecting-ip x-request-id idempotency-key if-match x-sluice-exchange-id sec-fetch-mode`
  for (const name of taken.split(/\s+/)) assert.match(fixedHeaderProblem(name) ?? '', /is set by Sluice/, name)
})

test('a name is a name', () => {
  for (const name of ['', '__proto__', 'x y', 'x:y', 'x\r\ny', 'é', ':path', '-x', 'x'.repeat(101)])
    assert.match(fixedHeaderProblem(name) ?? '', /is not a name/, JSON.stringify(name))
})

test('the same headers in another order and spelling are the same', () => {
  const one = JSON.stringify(fixedHeaders({ 'X-B': '1', 'x-a': '2' }))
  assert.equal(one, '{"x-a":"2","x-b":"1"}')
  assert.equal(JSON.stringify(fixedHeaders({ 'x-A': '2', 'x-b': '1' })), one)
})
