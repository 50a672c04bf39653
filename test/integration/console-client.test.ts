import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { TYPES, typesOf } from '../../console/client/generate.ts'
import { startGateway, WITH_OIDC } from '../support/gateway.ts'

test('the console’s types of the API are those that the server describes', async (t) => {
  const gateway = await startGateway(t, {
    env: WITH_OIDC
  })
  const types = await typesOf(await gateway.admin('/openapi.json'))
  assert.equal(types, await readFile(TYPES, 'utf8'), 'run npm run console:client')
})
