import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceClient } from '../support/device-client.ts'
import { signIn } from '../support/person.ts'
import { ADMIN_TOKEN, startGateway, USER } from '../support/gateway.ts'
import { runSluice } from '../support/sluice-command.ts'

test('sign-ins are listed, shown and ended from the command line', async (t) => {
  const gateway = await startGateway(t)
  const env = { SLUICE_URL: gateway.adminUrl, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN }
  const sluice = (args: string) => runSluice(args.split(' '), env)
  const rows = async (args: string) => {
    const { code, out, err } = await sluice(`${args} --json`)
    assert.equal(code, 0, err)
    return JSON.parse(out) as Record<string, unknown>[]
  }
  assert.equal((await sluice('sign-ins list')).out, 'Nothing found.\n')
  const client = deviceClient(gateway)
  const ann = await signIn(gateway, USER)
  const begun = await client.begin()
  await ann.call('POST', `/me/v1/device-codes/${begun.user_code}/approve`)
  const { refresh_token: refreshToken = '' } = (await client.poll(begun.device_code)).body

  const [listed] = await rows(`sign-ins list --user ${USER} --status active`)
  assert.deepEqual([listed?.['user_email'], listed?.['key']], [USER, 'Claude Code on 127.0.0.1'])
  const id = String(listed?.['id'])
  assert.match((await sluice(`sign-ins show ${id}`)).out, /client_address +127\.0\.0\.1\n/)
  const unsure = await sluice(`sign-ins revoke ${id}`)
  assert.deepEqual([unsure.code, unsure.err], [2, `Sign-in ${id} will end. Use --yes to confirm.\n`])
  assert.equal((await sluice(`sign-ins revoke ${id} --yes`)).out, `Revoked sign-in ${id}.\n`)
  assert.equal((await client.refresh(refreshToken)).body.error, 'invalid_grant')
  assert.equal((await rows('sign-ins list --status active')).length, 0)
  assert.equal((await sluice('sign-ins revoke 999 --yes')).code, 2)
})
