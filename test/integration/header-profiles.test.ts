import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listHeaderProfiles, putHeaderProfile } from '../../services/gateway/accounts/records/header-profiles.ts'
import { postgresPool } from '../support/databases.ts'
import { account, createAccount } from '../support/provisioned.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const LIMITS = { maxFamilies: 3, forgottenAfterMs: 1000 }

test('header profiles', async (t) => {
  const pool = await postgresPool(t)
  const newAccount = async (name: string) => await createAccount(pool, account(name))
  const put = async (accountId: string, userAgent: string, seenAt: number, family = 'claude-cli js') =>
    await putHeaderProfile(pool, { accountId, family, headers: { 'user-agent': userAgent, 'x-app': 'cli' }, seenAt }, LIMITS)
  const of = async (id: string) => (await listHeaderProfiles(pool)).filter(({ accountId }) => accountId === id)
  const agentOf = async (id: string) => (await of(id)).map(({ headers }) => headers['user-agent'])

  await t.test('what was put is what is listed', async () => {
    const [id, other] = [await newAccount('a'), await newAccount('b')]
    await put(id, 'claude-cli/1', NOON)
    await put(other, 'claude-cli/2', NOON + 1)
    const headers = { 'user-agent': 'claude-cli/1', 'x-app': 'cli' }
    assert.deepEqual(await of(id), [{ accountId: id, family: 'claude-cli js', headers, seenAt: NOON }])
    assert.deepEqual(await agentOf(other), ['claude-cli/2'])
    await put('999999', 'claude-cli/1', NOON)
    assert.deepEqual(await of('999999'), [])
  })

  await t.test('the newest wins, whichever comes last', async () => {
    const id = await newAccount('newest')
    const steps: [string, number, string][] = [
      ['claude-cli/2.1.99 (x)', NOON, 'claude-cli/2.1.99 (x)'],
      ['claude-cli/2.1.330 (x)', NOON - 10, 'claude-cli/2.1.330 (x)'],
      ['claude-cli/2.1.100 (x)', NOON + 10, 'claude-cli/2.1.330 (x)'],
      ['claude-cli/2.1.330 (early)', NOON - 11, 'claude-cli/2.1.330 (x)'],
      ['claude-cli/2.1.330 (late)', NOON + 10, 'claude-cli/2.1.330 (late)'],
      ['claude-cli/2.1 (x)', NOON + 20, 'claude-cli/2.1.330 (late)'],
      ['claude-cli/v10 (x)', NOON + 20, 'claude-cli/v10 (x)'],
      ['claude-cli', NOON + 30, 'claude-cli/v10 (x)'],
      ['claude-cli/99999999999999999999', NOON + 40, 'claude-cli/99999999999999999999'],
      ['claude-cli/1', NOON + 1040, 'claude-cli/99999999999999999999'],
      ['claude-cli/1', NOON + 1041, 'claude-cli/1'],
      ['Anthropic/JS 1.10.0', NOON + 1042, 'Anthropic/JS 1.10.0'],
      ['Anthropic/JS 1.9.0', NOON + 1043, 'Anthropic/JS 1.10.0']
    ]
    for (const [userAgent, seenAt, expected] of steps) {
      await put(id, userAgent, seenAt)
      assert.deepEqual(await agentOf(id), [expected], userAgent)
    }
  })

  await t.test('of many families the last seen stay, and the new one', async () => {
    const [id, other] = [await newAccount('many'), await newAccount('few')]
    await put(other, 'x/1', NOON - 1000, 'x')
    for (const [index, family] of ['a', 'b', 'c', 'd'].entries()) await put(id, `${family}/1`, NOON + index, family)
    assert.deepEqual(await agentOf(id), ['b/1', 'c/1', 'd/1'])
    await put(id, 'old/1', NOON - 500, 'old')
    assert.deepEqual(await agentOf(id), ['c/1', 'd/1', 'old/1'])
    await put(id, 'c/2', NOON, 'c')
    assert.deepEqual(await agentOf(id), ['c/2', 'd/1', 'old/1'])
    assert.deepEqual(await agentOf(other), ['x/1'])
  })

  await t.test('of several that write at once, the newest is there in the end', async () => {
    const id = await newAccount('race')
    await Promise.all([3, 9, 10, 1, 7].map((version) => put(id, `claude-cli/${version}`, NOON)))
    assert.deepEqual(await agentOf(id), ['claude-cli/10'])
  })

  await t.test('they go with their account', async () => {
    const id = await newAccount('gone')
    await put(id, 'x/1', NOON)
    await pool.query('delete from accounts where id = $1', [id])
    assert.deepEqual(await of(id), [])
  })
})
