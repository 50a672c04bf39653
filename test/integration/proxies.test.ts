import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccount, listAccounts, updateAccount } from '../../services/records/accounts.ts'
import { InvalidCursorError } from '../../services/records/pages.ts'
import {
  createProxy,
  deleteUnusedProxy,
  findProxy,
  listProxies,
  pageProxies,
  updateProxyUrl
} from '../../services/records/proxies.ts'
import { postgresPool } from '../support/databases.ts'
import { account } from '../support/provisioned.ts'

test('proxies', async (t) => {
  const pool = await postgresPool(t)
  const [a, b, c] = [
    await createProxy(pool, { name: 'a', url: Buffer.from('sealed a') }),
    await createProxy(pool, { name: 'b', url: Buffer.from('sealed b') }),
    await createProxy(pool, { name: 'c', url: Buffer.from('sealed c') })
  ]

  await t.test('they are listed in the order of creation, whole and in pages', async () => {
    const all = await listProxies(pool)
    assert.deepEqual(
      all.map(({ id, name, url }) => [id, name, url.toString()]),
      [
        [a, 'a', 'sealed a'],
        [b, 'b', 'sealed b'],
        [c, 'c', 'sealed c']
      ]
    )
    const first = await pageProxies(pool, { limit: 2, cursor: null })
    const second = await pageProxies(pool, { limit: 2, cursor: first.nextCursor })
    assert.deepEqual([...first.rows, ...second.rows], all)
    assert.equal(second.nextCursor, null)
    await assert.rejects(pageProxies(pool, { limit: 2, cursor: 'x' }), InvalidCursorError)
  })

  await t.test('a change of the URL touches one, and reaches the accounts that go through it', async () => {
    const accountId = await createAccount(pool, account('through', { proxyId: b }))
    assert.equal(await updateProxyUrl(pool, b, Buffer.from('new')), true)
    assert.deepEqual(await findProxy(pool, b), { id: b, name: 'b', url: Buffer.from('new'), version: 2 })
    assert.deepEqual((await findProxy(pool, a))?.url, Buffer.from('sealed a'))
    assert.deepEqual((await listAccounts(pool)).find(({ id }) => id === accountId)?.proxy, {
      name: 'b',
      url: Buffer.from('new')
    })
    assert.equal(await deleteUnusedProxy(pool, b), false)
    await updateAccount(pool, accountId, { proxyId: null })
    assert.equal(await deleteUnusedProxy(pool, b), true)
    assert.equal(await findProxy(pool, b), null)
    assert.equal((await listProxies(pool)).length, 2)
  })

  await t.test('one that is not there is not changed, and no name is given twice', async () => {
    assert.equal(await findProxy(pool, '999999'), null)
    assert.equal(await updateProxyUrl(pool, '999999', Buffer.from('x')), false)
    assert.equal(await deleteUnusedProxy(pool, '999999'), false)
    await assert.rejects(createProxy(pool, { name: 'a', url: Buffer.from('x') }), /unique/)
  })
})
