import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { OauthTokens } from '../../services/accounts/credentials.ts'
import { createCredentialRecords, type CredentialRecords } from '../../services/records/account-credentials.ts'
import { createAccount, findAccount, updateAccount } from '../../services/records/accounts.ts'
import { openTokens, oauthAccount, sealTokens, setUpKeepers } from '../support/credential-keepers.ts'
import { postgresPool } from '../support/databases.ts'
import { keptAliveClock } from '../support/journal-fixtures.ts'
import { account } from '../support/provisioned.ts'
import { until } from '../support/until.ts'

const bearer = (headers: Record<string, string>) => (headers['authorization'] ?? '').replace('Bearer ', '')

/** What a keeper sees once its process has lost the database, or its life. */
const lost = (records: CredentialRecords): CredentialRecords => ({
  ...records,
  store: () => Promise.reject(new Error('connection terminated')),
  release: () => Promise.reject(new Error('connection terminated'))
})

test('sign-ins', async (t) => {
  const pool = await postgresPool(t)
  const records = createCredentialRecords(pool)
  const { endpoint, openKeeper } = await setUpKeepers(t, keptAliveClock)

  async function signIn(accountName: string, tokens: OauthTokens) {
    const credentials = sealTokens(tokens, 'declared', accountName)
    const id = await createAccount(pool, account(accountName, { type: 'oauth', shared: true, credentials }))
    return {
      id,
      kept: oauthAccount(id, tokens, accountName),
      stored: async () => openTokens((await records.read(id))?.sealed ?? Buffer.alloc(0), accountName)
    }
  }

  async function leaseOf(id: string) {
    const { rows } = await pool.query<{ holder: string | null; until: Date | null }>(
      'select refresh_holder as holder, refresh_until as until from accounts where id = $1',
      [id]
    )
    return rows[0]
  }

  await t.test('the right to renew is one holder’s until it is released, used or over', async () => {
    const { id } = await signIn('leased', endpoint.issue())
    const claims = await Promise.all(['a', 'b', 'c'].map((holder) => records.claim(id, holder, 60_000)))
    const winner = ['a', 'b', 'c'].find((_, index) => claims[index] !== null) ?? ''
    assert.equal(claims.filter((claim) => claim !== null).length, 1)
    const sealed = (await records.read(id))?.sealed ?? Buffer.alloc(0)
    assert.deepEqual(await records.claim(id, winner, 60_000), { name: 'leased', type: 'oauth', sealed })

    const next = sealTokens(endpoint.issue(), null, 'leased')
    assert.equal(await records.store(id, 'nobody', sealed, next), false)
    await records.release(id, 'nobody')
    assert.equal(await records.claim(id, 'nobody', 60_000), null)
    assert.equal(await records.store(id, winner, next, next), false, 'others are stored')
    assert.equal(await records.store(id, winner, sealed, next), true)
    assert.deepEqual(await leaseOf(id), { holder: null, until: null })
    assert.deepEqual((await records.read(id))?.sealed, next)

    assert.notEqual(await records.claim(id, 'd', 60_000), null)
    await records.release(id, 'd')
    assert.notEqual(await records.claim(id, 'e', 1), null)
    await until('the lease is over', async () => (await records.claim(id, 'f', 60_000)) !== null)
    assert.equal(await records.claim('999999', 'a', 1), null)
    assert.equal(await records.read('999999'), null)
  })

  await t.test('two processes that find the same tokens due renew them once, and both use the new ones', async () => {
    const { kept, stored, id } = await signIn('raced', endpoint.issue(60))
    const before = endpoint.rotations
    const keepers = [openKeeper('first', records).keeper, openKeeper('second', records).keeper]
    const asked = Array.from({ length: 20 }, (_, index) => keepers[index % 2]?.headersFor(kept) ?? Promise.reject())
    const tokens = new Set((await Promise.all(asked)).map(bearer))
    assert.equal(endpoint.rotations - before, 1)
    assert.deepEqual([...tokens], [(await stored())?.accessToken])
    assert.ok(endpoint.acceptsAccessToken([...tokens][0] ?? ''))
    assert.deepEqual(await leaseOf(id), { holder: null, until: null })
    assert.equal((await findAccount(pool, id))?.status, 'active')
  })

  await t.test('two processes whose tokens were refused renew them once', async () => {
    const { kept, stored } = await signIn('refused', endpoint.issue())
    const token = (await stored())?.accessToken ?? ''
    const before = endpoint.rotations
    const keepers = [openKeeper('third', records).keeper, openKeeper('fourth', records).keeper]
    const results = await Promise.all(keepers.map((keeper) => keeper.refreshAfterRefusal(kept, token)))
    assert.deepEqual(results, ['refreshed', 'refreshed'])
    assert.equal(endpoint.rotations - before, 1)
  })

  await t.test('a process that is killed after the rotation saves the account at its next start', async () => {
    const { kept, stored, id } = await signIn('killed', endpoint.issue(60))
    const dying = openKeeper('victim#1', lost(records), { leaseMs: 50 })
    const token = bearer(await dying.keeper.headersFor(kept))
    await dying.keeper.close()
    assert.notEqual((await stored())?.accessToken, token)

    await until('the lease of the dead has ended', async () => {
      const { rows } = await pool.query<{ over: boolean }>(
        'select refresh_until < clock_timestamp() as over from accounts where id = $1',
        [id]
      )
      return rows[0]?.over === true
    })
    const successor = openKeeper('victim#2', records)
    await successor.keeper.recover()
    assert.equal((await stored())?.accessToken, token)
    assert.deepEqual(readdirSync(successor.dir), [])
    assert.equal(bearer(await successor.keeper.headersFor(kept)), token)
    assert.ok(endpoint.acceptsAccessToken(token))
  })

  await t.test('with the database away for a moment after the rotation, the record follows', async () => {
    const { kept, stored } = await signIn('cut', endpoint.issue(60))
    let isAway = true
    const flaky: CredentialRecords = {
      ...records,
      store: (...given) => (isAway ? lost(records).store(...given) : records.store(...given))
    }
    const { keeper, dir } = openKeeper('cut-off', flaky, { pollMs: 5 })
    const token = bearer(await keeper.headersFor(kept))
    assert.notEqual((await stored())?.accessToken, token)
    isAway = false
    await until('the record has it', async () => (await stored())?.accessToken === token)
    await until('the file is gone', () => readdirSync(dir).length === 0)
  })

  await t.test('what the operator stores while tokens are renewed stays', async () => {
    const { kept, stored, id } = await signIn('mended', endpoint.issue(60))
    const login = endpoint.issue()
    endpoint.setBehaviour('slow')
    const asked = endpoint.requests.length
    const { keeper } = openKeeper('mending', records)
    const headers = keeper.headersFor(kept)
    await until('the endpoint is asked', () => endpoint.requests.length === asked + 1)
    await updateAccount(pool, id, { credentials: sealTokens(login, null, 'mended') })
    endpoint.setBehaviour('rotate')
    assert.equal(bearer(await headers), login.accessToken)
    assert.deepEqual(await stored(), login)
  })

  await t.test('a refresh token used twice ends the sign-in only where nobody has stored its successor', async () => {
    const { kept, stored, id } = await signIn('twice', endpoint.issue(60))
    const theirs = endpoint.issue()
    endpoint.setBehaviour('slow')
    const asked = endpoint.requests.length
    const { keeper, ended } = openKeeper('late', records)
    const headers = keeper.headersFor(kept)
    await until('the endpoint is asked', () => endpoint.requests.length === asked + 1)
    await updateAccount(pool, id, { credentials: sealTokens(theirs, null, 'twice') })
    endpoint.setBehaviour('invalid-grant')
    assert.equal(bearer(await headers), theirs.accessToken)
    assert.deepEqual(ended, [])

    const result = await keeper.refreshAfterRefusal(oauthAccount(id, theirs, 'twice'), theirs.accessToken)
    endpoint.setBehaviour('rotate')
    assert.ok(result !== 'refreshed' && result.kind === 'ended')
    assert.deepEqual(ended, [[id, 'sign-in has ended: sluice accounts login twice']])
    assert.deepEqual(await stored(), theirs)
    assert.deepEqual(await leaseOf(id), { holder: null, until: null })
  })
})
