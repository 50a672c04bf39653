import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverPlace } from '../support/server-process.ts'
import { runSluice } from '../support/sluice-command.ts'

test('users, keys, groups, subscriptions, balances and the audit log, before a running server', async (t) => {
  const place = await serverPlace(t, {
    declared: {
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription' }
      ]
    }
  })
  await place.start()
  const sluice = (args: string) => runSluice(args.split(' '), place.env)
  const json = async (args: string) => {
    const { code, out, err } = await sluice(`${args} --json`)
    assert.equal(code, 0, `${args}: ${err}`)
    return JSON.parse(out) as Record<string, unknown>
  }
  assert.equal((await json('users add ann@example.com --balance 3 --concurrency 2'))['balance_usd'], '3')
  assert.equal((await json('users change ann@example.com --concurrency 4'))['concurrency'], 4)
  const refused = await sluice('users disable ann@example.com')
  assert.deepEqual([refused.code, refused.err], [2, 'User ann@example.com will be refused. Say --yes to do it.\n'])
  assert.equal((await json('users show ann@example.com'))['status'], 'active')
  assert.equal((await json('users disable ann@example.com --yes'))['status'], 'disabled')
  assert.equal((await json('users enable ann@example.com'))['status'], 'active')
  assert.equal((await sluice('users show nobody@example.com')).code, 2)

  const { key } = await json('keys add ann@example.com laptop')
  assert.ok(typeof key === 'string' && key.length > 20)
  assert.equal('key' in (await json('keys show ann@example.com laptop')), false)
  assert.notEqual((await json('keys rotate ann@example.com laptop --overlap 60 --yes'))['key'], key)
  assert.equal((await sluice('keys revoke ann@example.com laptop')).code, 2)
  assert.equal((await json('keys revoke ann@example.com laptop --yes'))['status'], 'revoked')

  assert.equal((await json('groups show pro'))['kind'], 'subscription')
  assert.equal((await json('subscriptions add ann@example.com pro --days 3'))['status'], 'active')
  await json('subscriptions extend ann@example.com pro --days 3')
  assert.equal((await json('subscriptions suspend ann@example.com pro --yes'))['status'], 'suspended')
  assert.equal((await json('subscriptions resume ann@example.com pro'))['status'], 'active')
  assert.equal((await json('subscriptions show ann@example.com pro'))['group'], 'pro')
  assert.equal((await json('subscriptions revoke ann@example.com pro --yes'))['status'], 'revoked')

  for (let time = 0; time < 2; time++) {
    const entry = await json('balance add ann@example.com 5 --note invoice --idempotency-key k1')
    assert.equal(entry['balance_after_usd'], '8')
  }
  const taken = await sluice('balance add --json ann@example.com -- -5')
  assert.deepEqual([taken.code, /"balance_after_usd": "3"/.test(taken.out)], [0, true], taken.err)
  for (const what of ['users', 'keys', 'groups', 'subscriptions']) {
    const { code, out } = await sluice(`${what} list`)
    assert.deepEqual([code, /pro|ann@example\.com/.test(out)], [0, true], what)
  }
  assert.match(
    (await sluice('audit list --action key.revoked --limit 10')).out,
    /admin .* key\.revoked +key ann@example\.com\/laptop/
  )
  assert.match((await sluice('audit verify')).out, /^The audit log is whole: \d+ entries/)
})
