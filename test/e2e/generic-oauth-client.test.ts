import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { ask, startGateway, USER } from '../support/gateway.ts'
import { signIn } from '../support/person.ts'

test(
  'a generic client of OAuth finds the endpoints by itself, signs in, renews and signs out',
  { timeout: 60_000 },
  async (t) => {
    const gateway = await startGateway(t)
    const execute = [client.allowInsecureRequests]
    const config = await client.discovery(new URL(gateway.url), 'my-tool', undefined, client.None(), {
      algorithm: 'oauth2',
      execute
    })
    const begun = await client.initiateDeviceAuthorization(config, {})
    const ann = await signIn(gateway, USER)
    const asked = await ann.mine(`/device-codes/${begun.user_code}`)
    assert.equal(asked['client'], 'my-tool')
    assert.equal((await ann.call('POST', `/me/v1/device-codes/${begun.user_code}/approve`)).status, 204)
    const tokens = await client.pollDeviceAuthorizationGrant(config, begun)
    const send = async (token: string) => {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(ask())
      })
      await response.arrayBuffer()
      return response.status
    }
    assert.equal(await send(tokens.access_token), 200)
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    assert.equal(await send(renewed.access_token), 200)
    await client.tokenRevocation(config, tokens.refresh_token ?? '')
    assert.deepEqual([await send(tokens.access_token), await send(renewed.access_token)], [401, 401])
    await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token ?? ''), { error: 'invalid_grant' })

    const denied = await client.initiateDeviceAuthorization(config, {})
    await ann.call('POST', `/me/v1/device-codes/${denied.user_code}/deny`)
    await assert.rejects(client.pollDeviceAuthorizationGrant(config, denied), { error: 'access_denied' })
  }
)
