import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAccounts } from '../../services/resources/records/accounts.ts'
import { InvalidCursorError } from '../../services/platform/database/pages.ts'
import { proxies } from '../../services/resources/proxies/definition.ts'
import {
  assignmentsOf,
  deleteRow,
  findId,
  findRow,
  insertRow,
  listRows,
  pageRows,
  updateRow
} from '../../services/resources/rows.ts'
import { postgresPool } from '../support/databases.ts'
import { account, createAccount } from '../support/provisioned.ts'

test('the rows of a resource, by the example of proxies', async (t) => {
  const pool = await postgresPool(t)
  const add = (name: string) => insertRow(pool, proxies, assignmentsOf(proxies, { name, url: Buffer.from(`sealed ${name}`) }))
  const [a, b, c] = [await add('a'), await add('b'), await add('c')]

  await t.test('they are listed in the order of creation, whole and in pages, without what is not shown', async () => {
    const all = await listRows(pool, proxies)
    assert.deepEqual(
      all.map((row) => row),
      [
        { id: a, name: 'a', note: null, version: 1 },
        { id: b, name: 'b', note: null, version: 1 },
        { id: c, name: 'c', note: null, version: 1 }
      ]
    )
    const first = await pageRows(pool, proxies, {}, { limit: 2, cursor: null })
    const second = await pageRows(pool, proxies, {}, { limit: 2, cursor: first.nextCursor })
    assert.deepEqual([...first.rows, ...second.rows], all)
    assert.equal(second.nextCursor, null)
    await assert.rejects(pageRows(pool, proxies, {}, { limit: 2, cursor: 'x' }), InvalidCursorError)
  })

  await t.test('a filter takes values, which are never part of the statement', async () => {
    const named = async (name: string) => (await pageRows(pool, proxies, { name }, { limit: 9, cursor: null })).rows.length
    assert.deepEqual([await named('b'), await named("b' or true --")], [1, 0])
  })

  await t.test('a change touches one, and what refers to it has it', async () => {
    const accountId = await createAccount(pool, account('through', { proxyId: b }))
    await updateRow(pool, proxies, b, assignmentsOf(proxies, { url: Buffer.from('new') }))
    assert.deepEqual(await findRow(pool, proxies, b), { id: b, name: 'b', note: null, version: 2 })
    const urls = (await listRows(pool, proxies, proxies.fields)).map((row) => String(row['url']))
    assert.deepEqual(urls, ['sealed a', 'new', 'sealed c'])
    assert.deepEqual((await listAccounts(pool)).find(({ id }) => id === accountId)?.proxy, {
      name: 'b',
      url: Buffer.from('new')
    })
    await assert.rejects(deleteRow(pool, proxies, b), /foreign key/)
  })

  await t.test('one that is not there is not found, and no name is given twice', async () => {
    assert.deepEqual([await findRow(pool, proxies, '999999'), await findId(pool, proxies, 'x')], [null, null])
    assert.equal(await findId(pool, proxies, 'c'), c)
    await assert.rejects(add('a'), /unique/)
    await deleteRow(pool, proxies, c)
    assert.equal(await findRow(pool, proxies, c), null)
  })
})
