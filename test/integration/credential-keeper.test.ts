import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { OauthTokens } from '../../services/resources/accounts/credentials.ts'
import { createCredentialRecords, type CredentialRecords } from '../../services/resources/records/account-credentials.ts'
import { putInError } from '../../services/resources/records/account-health.ts'
import { findAccount, updateAccount } from '../../services/resources/records/accounts.ts'
import { openTokens, oauthAccount, sealTokens, setUpKeepers } from '../support/credential-keepers.ts'
import { postgresPool } from '../support/databases.ts'
import { keptAliveClock } from '../support/journal-fixtures.ts'
import { account, createAccount } from '../support/provisioned.ts'
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
    assert.deepEqual(await records.claim(id, winner, 60_000), { name: 'leased', type: 'oauth', sealed, spent: null })

    const next = sealTokens(endpoint.issue(), null, 'leased')
    const rotation = { replaced: sealed, next, mistakenError: '', at: 0 }
    assert.equal(await records.store(id, 'nobody', rotation), null)
    assert.equal(await records.noteSpent(id, 'nobody', sealed, 'x'), false)
    await records.release(id, 'nobody')
    assert.equal(await records.claim(id, 'nobody', 60_000), null)
    assert.equal(await records.store(id, winner, { ...rotation, replaced: next }), null, 'others are stored')
    assert.equal(await records.noteSpent(id, winner, next, 'x'), false, 'others are stored')
    assert.equal(await records.noteSpent(id, winner, sealed, 'x'), true)
    assert.equal((await records.claim(id, winner, 60_000))?.spent, 'x')
    assert.equal(await records.store(id, winner, rotation), 'stored')
    assert.equal((await records.read(id))?.spent, null)
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

    await until('the lease of the dead has ended', () => isLeaseOver(id))
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

  /** The holder of the lease renews the tokens and loses the database; its lease ends; another process finds the old ones spent. */
  async function endedMeanwhile(accountName: string) {
    const signedIn = await signIn(accountName, endpoint.issue(-1))
    const { id, kept } = signedIn
    let isAway = true
    const far: CredentialRecords = {
      ...records,
      claim: async (...given) => {
        if (isAway && endpoint.rotations > rotationsBefore) throw new Error('connection terminated')
        return await records.claim(...given)
      },
      store: (...given) => (isAway ? lost(records).store(...given) : records.store(...given)),
      release: (...given) => (isAway ? lost(records).release(...given) : records.release(...given))
    }
    const rotationsBefore = endpoint.rotations
    const asked = endpoint.requests.length
    const holder = openKeeper(`${accountName}-holder`, far, { leaseMs: 50, pollMs: 5 })
    const token = bearer(await holder.keeper.headersFor(kept))
    await until('its lease is over', () => isLeaseOver(id))
    const other = openKeeper(`${accountName}-other`, records)
    await assert.rejects(other.keeper.headersFor(kept), /sign-in has ended/)
    const reason = other.ended[0]?.[1] ?? ''
    const tellEnded = () => putInError(pool, id, { reason, signInEnded: true })
    return {
      ...signedIn,
      holder,
      token,
      tellEnded,
      accountOf: async () => await findAccount(pool, id),
      askedSince: () => endpoint.requests.length - asked,
      comeBack: () => {
        isAway = false
      }
    }
  }

  async function isLeaseOver(id: string) {
    const { until: end } = (await leaseOf(id)) ?? {}
    return end === null || (end !== undefined && end.getTime() < Date.now())
  }

  await t.test(
    'an account in error because its holder was away comes back with it, and nobody asks once more meanwhile',
    async () => {
      const { kept, id, stored, token, tellEnded, accountOf, askedSince, comeBack } = await endedMeanwhile('away')
      assert.equal(await tellEnded(), true)
      const third = openKeeper('away-third', records)
      await assert.rejects(third.keeper.headersFor(kept), /sign-in has ended/)
      assert.deepEqual([(await accountOf())?.status, askedSince()], ['error', 2])

      comeBack()
      await until('the record has them', async () => (await stored())?.accessToken === token)
      const back = await accountOf()
      assert.deepEqual([back?.status, back?.error], ['active', null])
      assert.equal(await tellEnded(), false, 'what was on its way is over')
      assert.equal((await accountOf())?.status, 'active')
      const { rows } = await pool.query<{ actor: string; action: string }>(
        "select actor, action from audit_log where subject = 'account away'"
      )
      assert.deepEqual(rows, [{ actor: 'sluice', action: 'account.error_cleared' }])
      const [current] = [oauthAccount(id, await stored(), 'away')]
      assert.equal(bearer(await third.keeper.headersFor(current)), token)
      assert.deepEqual([askedSince(), endpoint.acceptsAccessToken(token)], [2, true])
    }
  )

  await t.test('but no account that is out for another reason', async () => {
    for (const [name, changes] of [
      ['403', { status: 'error', error: 'status 403: the organization was archived' }],
      ['switched-off', { status: 'disabled', error: null }]
    ] as const) {
      const { id, stored, token, accountOf, comeBack } = await endedMeanwhile(name)
      await updateAccount(pool, id, changes)
      comeBack()
      await until('the record has them', async () => (await stored())?.accessToken === token)
      const { status, error } = (await accountOf()) ?? {}
      assert.deepEqual({ status, error }, changes)
    }
  })

  await t.test('nor are newer tokens overwritten: a sign-in while the holder was away stays', async () => {
    const { id, stored, holder, tellEnded, accountOf, comeBack } = await endedMeanwhile('replaced')
    await tellEnded()
    const login = endpoint.issue()
    await updateAccount(pool, id, { credentials: sealTokens(login, null, 'replaced'), status: 'active', error: null })
    assert.equal((await records.read(id))?.spent, null)
    assert.equal(await tellEnded(), false, 'it was about the tokens before')
    comeBack()
    await until('its file is gone', () => readdirSync(holder.dir).length === 0)
    assert.deepEqual(await stored(), login)
    assert.equal((await accountOf())?.status, 'active')
  })

  await t.test('whichever comes first, the end or the tokens that disprove it, the account works', async () => {
    const { id } = await signIn('contested', endpoint.issue(-1))
    for (let round = 0; round < 20; round++) {
      const claimed = await records.claim(id, 'other', 60_000)
      assert.ok(claimed !== null)
      assert.equal(await records.noteSpent(id, 'other', claimed.sealed, `token ${round}`), true)
      await records.release(id, 'other')
      const { sealed } = (await records.claim(id, 'holder', 60_000)) ?? claimed
      const next = sealTokens(endpoint.issue(), null, 'contested')
      const mistakenError = 'sign-in has ended: sluice accounts login contested'
      const told = () => putInError(pool, id, { reason: mistakenError, signInEnded: true })
      const put = () => records.store(id, 'holder', { replaced: sealed, next, mistakenError, at: 0 })
      await Promise.all(round % 2 === 0 ? [told(), put()] : [put(), told()])
      const { status, error } = (await findAccount(pool, id)) ?? {}
      assert.deepEqual([status, error], ['active', null])
    }
  })
})
