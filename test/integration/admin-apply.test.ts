import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplyReport } from '../../services/resources/set-up/apply-report.ts'
import { ADMIN_TOKEN, startGateway, type Gateway } from '../support/gateway.ts'

const KEY = 'client-key-of-a-newcomer-1'
const NEWCOMER = {
  users: [{ email: 'new@example.com', balance_usd: '7', keys: [{ name: 'laptop', key: KEY }, { name: 'ci' }] }]
}

async function apply(gateway: Gateway, body: object, token = ADMIN_TOKEN) {
  const response = await fetch(`${gateway.url}/admin/v1/apply`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  return { status: response.status, body: (await response.json()) as ApplyReport & { error?: { message: string } } }
}

const usage = (gateway: Gateway, key: string) => fetch(`${gateway.url}/v1/usage`, { headers: { 'x-api-key': key } })

test('a key that is applied works at once, also when it was refused just before', async (t) => {
  const gateway = await startGateway(t)
  assert.equal((await usage(gateway, KEY)).status, 401)
  const dry = await apply(gateway, { file: JSON.stringify(NEWCOMER), dry_run: true })
  assert.deepEqual([dry.status, dry.body.created_keys], [200, []])
  assert.equal((await usage(gateway, KEY)).status, 401)

  const { status, body } = await apply(gateway, { file: JSON.stringify(NEWCOMER) })
  assert.equal(status, 200)
  assert.deepEqual(
    body.plan.map(({ action, kind, name }) => `${action} ${kind} ${name}`),
    ['create user new@example.com', 'create key new@example.com/laptop', 'create key new@example.com/ci']
  )
  assert.equal((await usage(gateway, KEY)).status, 200)
  assert.equal((await usage(gateway, body.created_keys[0]?.key ?? '')).status, 200)
  assert(!gateway.logs.join('').includes(body.created_keys[0]?.key ?? KEY))
})

test("the server's environment cannot be read through a file", async (t) => {
  const gateway = await startGateway(t)
  const { body } = await apply(gateway, { file: 'groups: [{name: "${PATH}", kind: balance}]' })
  assert.equal(body.plan[0]?.name, '${PATH}')
})

test('a wrong file is a 400 that names all that is wrong, a wrong token a 401', async (t) => {
  const gateway = await startGateway(t)
  const refused = await apply(gateway, { file: 'groups:\n  - {name: a, kind: prepaid}\n  - {kind: balance}\n' })
  assert.equal(refused.status, 400)
  assert.equal(
    refused.body.error?.message,
    'file:2:21 groups[0].kind must be balance or subscription\nfile:3:5 groups[1].name is missing'
  )
  assert.equal((await apply(gateway, { file: '{}', prune: true })).status, 400)
  assert.equal((await apply(gateway, { file: JSON.stringify(NEWCOMER) }, 'not-the-token-of-this-server')).status, 401)
})
