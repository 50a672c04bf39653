import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brakedUser, pauseOf, refusedBy, served } from '../support/braked-requests.ts'
import { ADMIN_TOKEN, startGateway, USER } from '../support/gateway.ts'
import { runSluice } from '../support/sluice-command.ts'

test('brakes are set, and what they pause is listed, resumed and paused by hand from the command line', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: [brakedUser({})] }) })
  const env = { SLUICE_URL: gateway.adminUrl, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN }
  const sluice = (args: readonly string[]) => runSluice([...args], env)
  const json = async (args: readonly string[]) => {
    const { code, out, err } = await sluice([...args, '--json'])
    assert.equal(code, 0, err)
    return JSON.parse(out) as Record<string, unknown>
  }
  const change = (...brakes: string[]) =>
    sluice(['keys', 'change', USER, 'laptop', ...brakes.flatMap((brake) => ['--brake', brake])])
  assert.equal((await sluice(['pauses', 'list'])).out, 'Nothing found.\n')

  const wrong = await change('session_requests=many', 'action=stop')
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /--brake session_requests must be a whole number from 0 to 1000000/)
  assert.match(wrong.err, /--brake action must be pause or warn/)
  const changed = await change('session_requests=1', 'session_spend_usd=2.50', 'pause_minutes=0')
  assert.equal(changed.code, 0, changed.err)
  const { brakes } = (await json(['keys', 'show', USER, 'laptop'])) as { brakes: Record<string, unknown> }
  assert.deepEqual([brakes['session_requests'], brakes['session_spend_usd'], brakes['key_requests']], [1, '2.5', null])
  assert.equal((await change('session_spend_usd=default')).code, 0)

  await served(gateway, { session: 'one' })
  const id = await pauseOf(gateway, { session: 'one' })
  const listed = (await json(['pauses', 'list', '--user', USER, '--status', 'active'])) as unknown as Record<string, unknown>[]
  assert.deepEqual(
    listed.map((pause) => [pause['id'], pause['session'], pause['ends_at']]),
    [[id, 'one', null]]
  )
  assert.match((await sluice(['pauses', 'show', id])).out, /reason +the session made 2 requests in a minute \(limit 1\)\n/)
  assert.equal((await sluice(['resume', id])).out, `Resumed ${USER}/laptop.\n`)
  assert.equal((await sluice(['resume', '999'])).code, 2)
  await served(gateway, { session: 'one' })

  const made = await json(['pause', USER, 'laptop', '--session', 'two', '--for', '90m', '--reason', 'it loops'])
  const minutes = (Date.parse(String(made['ends_at'])) - Date.parse(String(made['created_at']))) / 60_000
  assert.deepEqual([made['session'], made['kind'], Math.round(minutes)], ['two', 'hand', 90])
  await refusedBy(gateway, { session: 'two' }, /^paused: it loops; resume with/)
  const unknown = await sluice(['pause', USER, 'desktop', '--reason', 'it loops'])
  assert.deepEqual([unknown.code, unknown.err], [2, `<key>: ${USER} has no key desktop\n`])
  const lone = await sluice(['pause', USER, 'laptop', '--agent', 'a', '--reason', 'it loops'])
  assert.match(lone.err, /^--agent: an agent is one of a session: name that too/)
})
