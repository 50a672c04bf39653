import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pool } from 'pg'
import type { Queryable } from '../../services/platform/database/queryable.ts'
import { loadOrCreateSecretKeys } from '../../services/platform/secret-key-file.ts'
import { createSecretBox, type SecretBox } from '../../services/platform/secrets.ts'
import { rotateGeneratedSecretKey, rotateSecrets } from '../../services/resources/set-up/secret-rotation.ts'
import { postgresPool } from '../support/databases.ts'
import { account, createAccount } from '../support/provisioned.ts'

const [OLD, NEW, LOST] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString('hex')) as [string, string, string]

async function addAccount(db: Queryable, box: SecretBox, name: string) {
  return await createAccount(db, account(name, { credentials: box.seal(`secret of ${name}`, `account:${name}`) }))
}

async function addProxy(db: Queryable, box: SecretBox, name: string) {
  await db.query('insert into proxies (name, url) values ($1, $2)', [name, box.seal(`url of ${name}`, `proxy:${name}`)])
}

/** What a box of these keys opens of what is stored. */
async function opened(db: Queryable, keys: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ context: string; sealed: Buffer }>(
    `select 'account:' || name as context, credentials as sealed from accounts
     union all select 'proxy:' || name, url from proxies order by 1`
  )
  const box = createSecretBox(keys)
  return rows.flatMap(({ context, sealed }) => {
    try {
      return [box.open(sealed, context)]
    } catch {
      return []
    }
  })
}

/** A pool on which `before` is done before each statement that matches. */
function interrupted(pool: Pool, pattern: RegExp, before: (call: number) => Promise<unknown>): Queryable {
  let calls = 0
  return {
    query: async (text: string, values?: unknown[]) => {
      if (pattern.test(text)) await before(++calls)
      return await pool.query(text, values)
    }
  }
}

test('everything is sealed with the first key, once', async (t) => {
  const pool = await postgresPool(t)
  const before = createSecretBox([OLD])
  await addAccount(pool, before, 'a')
  await addAccount(pool, createSecretBox([NEW]), 'b')
  await addProxy(pool, before, 'p')
  const box = createSecretBox([NEW, OLD])
  assert.deepEqual(await rotateSecrets(pool, { box }), { resealed: 2, current: 1, unreadable: [] })
  assert.deepEqual(await opened(pool, [NEW]), ['secret of a', 'secret of b', 'url of p'])
  assert.deepEqual(await rotateSecrets(pool, { box }), { resealed: 0, current: 3, unreadable: [] })
})

test('a refresh that stores something newer meanwhile is not undone', async (t) => {
  const pool = await postgresPool(t)
  const box = createSecretBox([OLD])
  const id = await addAccount(pool, box, 'a')
  const late = createSecretBox([OLD])
  const db = interrupted(pool, /^update accounts/, async (call) => {
    // The first still has the old key, as a process would that was not told of the new one.
    const sealed = (call === 1 ? late : box).seal(`renewed ${call}`, 'account:a')
    if (call < 3) await pool.query('update accounts set credentials = $1 where id = $2', [sealed, id])
  })
  assert.deepEqual(await rotateSecrets(db, { box, newKey: NEW }), { resealed: 0, current: 1, unreadable: [] })
  assert.deepEqual(await opened(pool, [NEW]), ['renewed 2'])
})

async function installation(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  return { pool: await postgresPool(t), dataDir }
}

test('an account that is deleted or renamed meanwhile does no harm', async (t) => {
  const pool = await postgresPool(t)
  const box = createSecretBox([OLD])
  await addAccount(pool, box, 'gone')
  await addAccount(pool, box, 'renamed')
  const db = interrupted(pool, /^update accounts/, async (call) => {
    if (call === 1) await pool.query(`delete from accounts where name = 'gone'`)
    if (call !== 2) return
    const sealed = box.seal('secret', 'account:other')
    await pool.query(`update accounts set name = 'other', credentials = $1`, [sealed])
  })
  assert.deepEqual(await rotateSecrets(db, { box, newKey: NEW }), { resealed: 0, current: 1, unreadable: [] })
  assert.deepEqual(await opened(pool, [NEW]), ['secret'])
})

test('what no key opens is named with the reason, and the rest goes on', async (t) => {
  const pool = await postgresPool(t)
  await addAccount(pool, createSecretBox([LOST]), 'lost')
  await createAccount(pool, account('broken', { credentials: Buffer.from('no box sealed this') }))
  await addProxy(pool, createSecretBox([OLD]), 'p')
  const { resealed, unreadable } = await rotateSecrets(pool, { box: createSecretBox([NEW, OLD]) })
  assert.equal(resealed, 1)
  assert.deepEqual(
    unreadable.map(({ name }) => name),
    ['account lost', 'account broken']
  )
  assert.match(unreadable[0]?.reason ?? '', /sealed with the key [0-9a-f]{16}, which is not among/)
  assert.match(unreadable[1]?.reason ?? '', /unknown format/)
  assert.doesNotMatch(JSON.stringify(unreadable), /secret of lost|no box sealed/)
  assert.equal((await opened(pool, [LOST])).length, 1)
})

test('a generated key is replaced: the running server seals with the new one, and the old one goes', async (t) => {
  const { pool, dataDir } = await installation(t)
  const [oldKey = ''] = loadOrCreateSecretKeys(dataDir)
  const box = createSecretBox([oldKey])
  await addAccount(pool, box, 'a')
  await addProxy(pool, box, 'p')
  assert.deepEqual(await rotateGeneratedSecretKey(pool, { box, dataDir }), { resealed: 2, current: 0, unreadable: [] })
  const keys = loadOrCreateSecretKeys(dataDir)
  assert.equal(keys.length, 1)
  assert.notEqual(keys[0], oldKey)
  await addAccount(pool, box, 'b')
  assert.deepEqual(await opened(pool, keys), ['secret of a', 'secret of b', 'url of p'])
})

test('a rotation that breaks off at any statement leaves everything readable, and the next one ends it', async (t) => {
  const { pool, dataDir } = await installation(t)
  const box = createSecretBox(loadOrCreateSecretKeys(dataDir))
  for (const name of ['a', 'b']) await addAccount(pool, box, name)
  await addProxy(pool, box, 'p')
  const all = ['secret of a', 'secret of b', 'url of p']
  // Two lists and three updates.
  for (let at = 1; at <= 5; at++) {
    const db = interrupted(pool, /./, (call) => (call === at ? Promise.reject(new Error('cut')) : Promise.resolve()))
    const restarted = createSecretBox(loadOrCreateSecretKeys(dataDir))
    await assert.rejects(rotateGeneratedSecretKey(db, { box: restarted, dataDir }), /cut/, `statement ${at}`)
    assert.deepEqual(await opened(pool, loadOrCreateSecretKeys(dataDir)), all)
  }
  const restarted = createSecretBox(loadOrCreateSecretKeys(dataDir))
  assert.equal((await rotateGeneratedSecretKey(pool, { box: restarted, dataDir })).resealed, 3)
  const keys = loadOrCreateSecretKeys(dataDir)
  assert.deepEqual([keys.length, await opened(pool, keys)], [1, all])
})

test('the old keys stay while something is unreadable', async (t) => {
  const { pool, dataDir } = await installation(t)
  const box = createSecretBox(loadOrCreateSecretKeys(dataDir))
  await addAccount(pool, createSecretBox([LOST]), 'lost')
  assert.equal((await rotateGeneratedSecretKey(pool, { box, dataDir })).unreadable.length, 1)
  assert.equal(loadOrCreateSecretKeys(dataDir).length, 2)
})

test('two rotations at once leave everything readable with the keys that stay', async (t) => {
  const { pool, dataDir } = await installation(t)
  const box = createSecretBox(loadOrCreateSecretKeys(dataDir))
  for (const name of ['a', 'b', 'c']) await addAccount(pool, box, name)
  await Promise.all([1, 2].map(() => rotateGeneratedSecretKey(pool, { box, dataDir })))
  const keys = loadOrCreateSecretKeys(dataDir)
  assert.deepEqual([keys.length, await opened(pool, keys)], [1, ['secret of a', 'secret of b', 'secret of c']])
})
