import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { TYPES, typesOf } from '../../console/client/generate.ts'
import { startGateway } from '../support/gateway.ts'

test('the console’s types of the API are those that the server describes', async (t) => {
  const gateway = await startGateway(t, {
    env: {
      OIDC_ISSUER: 'https://id.example.com',
      OIDC_CLIENT_ID: 'sluice',
      OIDC_REDIRECT_URL: 'https://sluice.example.com/me/v1/oidc/callback'
    }
  })
  const types = await typesOf(await gateway.admin('/openapi.json'))
  assert.equal(types, await readFile(TYPES, 'utf8'), 'run npm run console:client')
})
