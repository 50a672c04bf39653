import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  CredentialUnavailableError,
  type CredentialKeeper,
  type KeptAccount
} from '../../../../services/gateway/accounts/credential-keeper.ts'
import { createRefreshedCredentialsFolder } from '../../../../services/gateway/accounts/refreshed-credentials.ts'
import { refreshFingerprint, type OauthTokens } from '../../../../services/resources/accounts/credentials.ts'
import type { CredentialRecords, StoredCredentials } from '../../../../services/resources/records/account-credentials.ts'
import { openTokens, oauthAccount, sealTokens, secretBox, setUpKeepers } from '../../../support/credential-keepers.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock, type VirtualClock } from '../../../support/virtual-clock.ts'

const MINUTE_MS = 60_000
const ID = '7'

interface Row extends StoredCredentials {
  holder: string | null
  until: number
}

/** One account, in memory. */
function createFakeRecords(clock: VirtualClock, tokens: OauthTokens | null) {
  let row: Row | null = { name: 'main', type: 'oauth', sealed: sealTokens(tokens), spent: null, holder: null, until: 0 }
  const calls: string[] = []
  let away = new Set<keyof CredentialRecords>()
  let onStore = () => {}

  function enter(call: keyof CredentialRecords) {
    calls.push(call)
    if (away.has(call)) throw new Error('the database is away')
  }
  const records: CredentialRecords = {
    async claim(_id, holder, leaseMs) {
      enter('claim')
      if (row === null || (row.until > clock.now() && row.holder !== holder)) return null
      row = { ...row, holder, until: clock.now() + leaseMs }
      return row
    },
    async read() {
      enter('read')
      return row
    },
    async store(_id, holder, { replaced, next }) {
      onStore()
      enter('store')
      if (row === null || row.holder !== holder || !row.sealed.equals(replaced)) return null
      row = { ...row, sealed: next, spent: null, holder: null, until: 0 }
      return 'stored'
    },
    async noteSpent(_id, holder, claimed, spent) {
      enter('noteSpent')
      if (row === null || row.holder !== holder || !row.sealed.equals(claimed)) return false
      row = { ...row, spent }
      return true
    },
    async release(_id, holder) {
      enter('release')
      if (row?.holder === holder) row = { ...row, holder: null, until: 0 }
    }
  }
  return {
    records,
    calls,
    tokens: (name = 'main') => (row === null ? null : openTokens(row.sealed, name)),
    holder: () => row?.holder ?? null,
    row: () => row,
    put(next: OauthTokens | null, declared: string | null = null) {
      if (row !== null) row = { ...row, sealed: sealTokens(next, declared) }
    },
    change(changes: Partial<Row> | null) {
      row = row === null || changes === null ? null : { ...row, ...changes }
    },
    setAway(...which: (keyof CredentialRecords)[]) {
      away = new Set(which)
    },
    beforeStore(then: () => void) {
      onStore = then
    }
  }
}

const EVERYTHING = ['claim', 'read', 'store', 'noteSpent', 'release'] as const

async function setUp(t: TestContext, { lifeS = 4 * 60 } = {}) {
  const clock = createVirtualClock()
  const { endpoint, openKeeper } = await setUpKeepers(t, clock)
  const old = endpoint.issue(lifeS)
  const db = createFakeRecords(clock, old)
  const main = openKeeper('main', db.records)
  return { clock, endpoint, openKeeper, old, db, ...main, account: oauthAccount(ID, old) }
}

const bearer = (headers: Record<string, string>) => (headers['authorization'] ?? '').replace('Bearer ', '')
const unavailable = (kind: 'ended' | 'failed', message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CredentialUnavailableError)
  assert.equal(error.kind, kind)
  assert.match(error.message, message)
  return true
}

/** What came of a renewal after a refusal. */
const renewalOf = async (renewal: ReturnType<CredentialKeeper['refreshAfterRefusal']>) => {
  const result = await renewal
  return result === 'refreshed' ? result : result.kind
}

/** Lets time pass in steps until the promise is settled; it may wait for real I/O in between. */
async function whileTimePasses<T>(clock: VirtualClock, promise: Promise<T>, stepMs = 100): Promise<T> {
  let settled = false
  const done = promise.finally(() => {
    settled = true
  })
  done.catch(() => {})
  await until('it is settled', async () => {
    if (!settled) await clock.advance(stepMs)
    return settled
  })
  return await done
}

test('tokens that last are handed out as they are, without a look at the database', async (t) => {
  const { keeper, account, old, db, endpoint } = await setUp(t, { lifeS: 301 })
  assert.deepEqual(await keeper.headersFor(account), { authorization: `Bearer ${old.accessToken}` })
  assert.deepEqual([db.calls, endpoint.requests], [[], []])
})

test('API keys and setup tokens are handed out, and never renewed', async (t) => {
  const { keeper, db, endpoint } = await setUp(t)
  const common = { id: ID, name: 'main', proxy: null }
  const apiKey: KeptAccount = { ...common, type: 'api-key', credentials: { type: 'api-key', apiKey: 'sk-1', headers: {} } }
  const setupToken: KeptAccount = {
    ...common,
    type: 'setup-token',
    credentials: { type: 'setup-token', accessToken: 'long', declared: null }
  }
  assert.deepEqual(await keeper.headersFor(apiKey), { 'x-api-key': 'sk-1' })
  assert.deepEqual(await keeper.headersFor(setupToken), { authorization: 'Bearer long' })
  for (const account of [apiKey, setupToken]) {
    assert.equal(await renewalOf(keeper.refreshAfterRefusal(account, 'long')), 'ended')
    await assert.rejects(keeper.refreshNow(account), unavailable('failed', new RegExp(account.type)))
  }
  assert.deepEqual([db.calls, endpoint.requests], [[], []])
})

test('an account nobody has signed in to says how to', async (t) => {
  const { keeper } = await setUp(t)
  const account = oauthAccount(ID, null)
  await assert.rejects(keeper.headersFor(account), unavailable('ended', /sluice accounts login main/))
  await assert.rejects(keeper.refreshNow(account), unavailable('ended', /sluice accounts login main/))
  assert.equal(await renewalOf(keeper.refreshAfterRefusal(account, 'x')), 'ended')
  const setupToken: KeptAccount = {
    ...account,
    type: 'setup-token',
    credentials: { type: 'setup-token', accessToken: null, declared: null }
  }
  await assert.rejects(keeper.headersFor(setupToken), unavailable('ended', /sluice accounts login main/))
})

test('tokens about to expire are renewed once for all who ask, put on record, and used although the account was read before', async (t) => {
  const { keeper, account, old, db, endpoint, refreshed, dir } = await setUp(t)
  const headers = await Promise.all(Array.from({ length: 20 }, () => keeper.headersFor(account)))
  const [token = ''] = new Set(headers.map(bearer))
  assert.equal(new Set(headers.map(bearer)).size, 1)
  assert.notEqual(token, old.accessToken)
  assert.ok(endpoint.acceptsAccessToken(token))
  assert.equal(endpoint.rotations, 1)
  assert.equal(db.tokens()?.accessToken, token)
  assert.equal(db.holder(), null)
  assert.deepEqual(refreshed, [ID])
  assert.deepEqual(readdirSync(dir), [])

  const callsBefore = db.calls.length
  assert.equal(bearer(await keeper.headersFor(account)), token)
  assert.equal(bearer(await keeper.headersFor(oauthAccount(ID, db.tokens()))), token)
  assert.equal(bearer(await keeper.headersFor(account)), token)
  assert.equal(db.calls.length, callsBefore)
})

test('what was declared is remembered through a renewal', async (t) => {
  const { keeper, account, old, db } = await setUp(t)
  db.put(old, 'fingerprint')
  let sealed: Buffer = Buffer.alloc(0)
  const { store } = db.records
  db.records.store = (id, holder, rotation) => {
    sealed = rotation.next
    return store(id, holder, rotation)
  }
  await keeper.headersFor(account)
  assert.equal((JSON.parse(secretBox.open(sealed, 'account:main')) as { declared: string }).declared, 'fingerprint')
})

test('new tokens are durable before they are on record, on record before they are used, and private', async (t) => {
  const { keeper, account, old, db, dir } = await setUp(t)
  const seen: string[] = []
  db.beforeStore(() => {
    const path = join(dir, ID)
    const text = readFileSync(path, 'utf8')
    seen.push(statSync(path).mode.toString(8).slice(-3), statSync(dir).mode.toString(8).slice(-3))
    assert.equal(text.includes('access-') || text.includes('refresh-'), false)
    assert.equal(db.tokens()?.accessToken, old.accessToken)
  })
  const token = bearer(await keeper.headersFor(account))
  assert.deepEqual(seen, ['600', '700'])
  assert.equal(db.tokens()?.accessToken, token)
})

test('a caller that loses patience does not end the renewal', async (t) => {
  const { keeper, account, endpoint, db, old } = await setUp(t)
  endpoint.setBehaviour('slow')
  void keeper.headersFor(account)
  await until('the endpoint is asked', () => endpoint.requests.length === 1)
  endpoint.setBehaviour('rotate')
  await until('the record has new tokens', () => db.tokens()?.accessToken !== old.accessToken)
})

test('another sign-in by the operator wins over tokens learnt before, also when it goes back to the old ones', async (t) => {
  const { keeper, account, endpoint, old } = await setUp(t)
  const renewed = bearer(await keeper.headersFor(account))
  const login = endpoint.issue()
  assert.equal(bearer(await keeper.headersFor(oauthAccount(ID, login))), login.accessToken)
  assert.equal(bearer(await keeper.headersFor(oauthAccount(ID, login))), login.accessToken)
  const again = { ...old, expiresAt: old.expiresAt + 60 * MINUTE_MS }
  assert.equal(bearer(await keeper.headersFor(oauthAccount(ID, again))), old.accessToken)
  assert.notEqual(renewed, old.accessToken)
  await assert.rejects(keeper.headersFor(oauthAccount(ID, null)), unavailable('ended', /not signed in/))
})

test('a sign-in stored while the endpoint was asked is not overwritten', async (t) => {
  const { keeper, account, endpoint, db, dir, refreshed } = await setUp(t)
  const login = endpoint.issue()
  endpoint.setBehaviour('slow')
  const headers = keeper.headersFor(account)
  await until('the endpoint is asked', () => endpoint.requests.length === 1)
  db.put(login)
  endpoint.setBehaviour('rotate')
  assert.equal(bearer(await headers), login.accessToken)
  assert.deepEqual(db.tokens(), login)
  assert.deepEqual(readdirSync(dir), [])
  assert.deepEqual(refreshed, [])
  assert.equal(db.holder(), null)
})

test('credentials sealed anew while the endpoint was asked are the same credentials', async (t) => {
  const { keeper, account, endpoint, db, old } = await setUp(t)
  endpoint.setBehaviour('slow')
  const headers = keeper.headersFor(account)
  await until('the endpoint is asked', () => endpoint.requests.length === 1)
  db.put(old)
  endpoint.setBehaviour('rotate')
  const token = bearer(await headers)
  assert.notEqual(token, old.accessToken)
  assert.equal(db.tokens()?.accessToken, token)
  assert.equal(endpoint.rotations, 1)
})

test('what another process has renewed is used, without another renewal', async (t) => {
  const { keeper, account, endpoint, db } = await setUp(t)
  const theirs = endpoint.issue()
  db.put(theirs)
  assert.equal(bearer(await keeper.headersFor(account)), theirs.accessToken)
  assert.equal(endpoint.requests.length, 0)
  assert.equal(db.holder(), null)
})

test('while another process renews, its tokens are waited for', async (t) => {
  const { clock, keeper, account, endpoint, db } = await setUp(t)
  db.change({ holder: 'other', until: clock.now() + 30_000 })
  const headers = keeper.headersFor(account)
  await clock.advance(1000)
  const theirs = endpoint.issue()
  db.put(theirs)
  assert.equal(bearer(await whileTimePasses(clock, headers)), theirs.accessToken)
  assert.equal(endpoint.requests.length, 0)
  assert.equal(db.holder(), 'other')
})

test('the lease of a process that died ends, and then another renews', async (t) => {
  const { clock, keeper, account, endpoint, db } = await setUp(t)
  db.change({ holder: 'dead', until: clock.now() + 2000 })
  const token = bearer(await whileTimePasses(clock, keeper.headersFor(account)))
  assert.ok(endpoint.acceptsAccessToken(token))
  assert.equal(db.tokens()?.accessToken, token)
})

test('another process that never comes to an end is not waited for without end', async (t) => {
  const { clock, keeper, account, db, endpoint } = await setUp(t, { lifeS: -1 })
  db.change({ holder: 'other', until: Infinity })
  const headers = keeper.headersFor(account)
  await assert.rejects(whileTimePasses(clock, headers, 1000), unavailable('failed', /another process/))
  assert.equal(endpoint.requests.length, 0)
})

for (const behaviour of ['down', 'html', 'html-ok', { status: 500 }, { status: 429 }] as const) {
  test(`while the endpoint is ${JSON.stringify(behaviour)}, the old token is used to its end, and the endpoint spared`, async (t) => {
    const { clock, keeper, account, old, endpoint, db, log, ended } = await setUp(t)
    endpoint.setBehaviour(behaviour)
    for (let i = 0; i < 5; i++) assert.equal(bearer(await keeper.headersFor(account)), old.accessToken)
    assert.equal(endpoint.requests.length, 1)
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['warn']
    )
    assert.equal(db.holder(), null)
    clock.leap(30_000)
    assert.equal(bearer(await keeper.headersFor(account)), old.accessToken)
    assert.equal(endpoint.requests.length, 2)

    clock.leap(4 * MINUTE_MS)
    const refused = /account main cannot be renewed: The token endpoint/
    await assert.rejects(keeper.headersFor(account), unavailable('failed', refused))
    await assert.rejects(keeper.headersFor(account), unavailable('failed', refused))
    assert.equal(await renewalOf(keeper.refreshAfterRefusal(account, old.accessToken)), 'failed')
    assert.equal(endpoint.requests.length, 3)
    assert.deepEqual(ended, [])

    endpoint.setBehaviour('rotate')
    clock.leap(30_000)
    assert.ok(endpoint.acceptsAccessToken(bearer(await keeper.headersFor(account))))
  })
}

test('all who suffer from one renewal that failed are told by one error, and by another one only of the next', async (t) => {
  const { clock, keeper, account, endpoint } = await setUp(t, { lifeS: -1 })
  const faultOf = (headers: Promise<unknown>) =>
    headers.then(
      () => assert.fail('there are some'),
      (error: unknown) => error
    )
  endpoint.setBehaviour('down')
  const waiting = await Promise.all(Array.from({ length: 7 }, () => faultOf(keeper.headersFor(account))))
  const later = await faultOf(keeper.headersFor(account))
  const refused = await keeper.refreshAfterRefusal(account, 'another token')
  assert.deepEqual([new Set([...waiting, later, refused]).size, endpoint.requests.length], [1, 1])
  clock.leap(30_000)
  const next = await faultOf(keeper.headersFor(account))
  assert.ok(next instanceof CredentialUnavailableError && next !== later)
})

test('with no token left a renewal is tried again soon, less and less often, and counted anew for other tokens', async (t) => {
  const { clock, keeper, account, endpoint, db } = await setUp(t, { lifeS: -1 })
  endpoint.setBehaviour('down')
  const fails = (of = account) => assert.rejects(keeper.headersFor(of), unavailable('failed', /cannot be renewed/))
  await fails()
  for (const pauseMs of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const asked = endpoint.requests.length
    clock.leap(pauseMs - 1)
    await fails()
    assert.equal(endpoint.requests.length, asked, `${pauseMs} ms are not over`)
    clock.leap(1)
    await fails()
    assert.equal(endpoint.requests.length, asked + 1)
  }
  const login = endpoint.issue(-1)
  db.put(login)
  const signedIn = oauthAccount(ID, login)
  await fails(signedIn)
  endpoint.setBehaviour('rotate')
  clock.leap(2000)
  assert.ok(endpoint.acceptsAccessToken(bearer(await keeper.headersFor(signedIn))))
})

test('an endpoint that says nothing holds up requests until its deadline, and once', async (t) => {
  const { clock, keeper, account, old, endpoint } = await setUp(t)
  endpoint.setBehaviour('slow')
  const all = Promise.all([keeper.headersFor(account), keeper.headersFor(account)])
  await until('the endpoint is asked', () => endpoint.requests.length === 1)
  assert.deepEqual((await whileTimePasses(clock, all, 5000)).map(bearer), [old.accessToken, old.accessToken])
  assert.equal(bearer(await keeper.headersFor(account)), old.accessToken)
  assert.equal(endpoint.requests.length, 1)
})

test('the operator may try again at once, and learns why it fails', async (t) => {
  const { keeper, account, endpoint, db } = await setUp(t, { lifeS: 28_800 })
  endpoint.setBehaviour({ status: 503 })
  await assert.rejects(keeper.refreshNow(account), unavailable('failed', /status 503/))
  await assert.rejects(keeper.refreshNow(account), unavailable('failed', /status 503/))
  assert.equal(endpoint.requests.length, 2)
  endpoint.setBehaviour('rotate')
  await keeper.refreshNow(account)
  assert.equal(bearer(await keeper.headersFor(account)), db.tokens()?.accessToken)
  assert.ok(endpoint.acceptsAccessToken(db.tokens()?.accessToken ?? ''))
})

test('a token the upstream refused is renewed once for all who were refused', async (t) => {
  const { keeper, account, old, endpoint } = await setUp(t, { lifeS: 28_800 })
  const results = await Promise.all(Array.from({ length: 10 }, () => keeper.refreshAfterRefusal(account, old.accessToken)))
  assert.deepEqual(new Set(results), new Set(['refreshed']))
  assert.equal(await keeper.refreshAfterRefusal(account, old.accessToken), 'refreshed')
  assert.equal(endpoint.rotations, 1)
  assert.ok(endpoint.acceptsAccessToken(bearer(await keeper.headersFor(account))))
})

test('a refusal is cured by tokens that another process has stored', async (t) => {
  const { keeper, account, old, endpoint, db } = await setUp(t, { lifeS: 28_800 })
  const theirs = endpoint.issue()
  db.put(theirs)
  assert.equal(await keeper.refreshAfterRefusal(account, old.accessToken), 'refreshed')
  assert.equal(endpoint.requests.length, 0)
  assert.equal(bearer(await keeper.headersFor(account)), theirs.accessToken)
})

test('a renewal for its age does not count as one for a refusal when it brings the refused token', async (t) => {
  const { keeper, old, endpoint, db } = await setUp(t, { lifeS: 28_800 })
  const stale = endpoint.issue(60)
  // The row holds tokens that last: whoever holds the stale pair is content with them, unless they were refused to him.
  const [headers, result] = await Promise.all([
    keeper.headersFor(oauthAccount(ID, stale)),
    keeper.refreshAfterRefusal(oauthAccount(ID, stale), old.accessToken).then(async () => {
      return await keeper.refreshAfterRefusal(oauthAccount(ID, old), old.accessToken)
    })
  ])
  assert.equal(bearer(headers), old.accessToken)
  assert.equal(result, 'refreshed')
  assert.equal(endpoint.rotations, 1)
  assert.notEqual(db.tokens()?.accessToken, old.accessToken)
})

test('invalid_grant ends the sign-in: it is told, and the endpoint not asked again', async (t) => {
  const { clock, keeper, account, old, endpoint, db, ended } = await setUp(t)
  endpoint.setBehaviour('invalid-grant')
  const reason = /sign-in has ended: sluice accounts login main/
  await assert.rejects(keeper.headersFor(account), unavailable('ended', reason))
  clock.leap(60 * MINUTE_MS)
  await assert.rejects(keeper.headersFor(account), unavailable('ended', reason))
  await assert.rejects(keeper.headersFor(account), unavailable('ended', reason))
  assert.equal(await renewalOf(keeper.refreshAfterRefusal(account, old.accessToken)), 'ended')
  assert.equal(endpoint.requests.length, 1)
  assert.equal(db.holder(), null)
  // Told again as the account is in use again, but not with each request.
  assert.deepEqual(ended, [
    [ID, 'sign-in has ended: sluice accounts login main'],
    [ID, 'sign-in has ended: sluice accounts login main']
  ])

  endpoint.setBehaviour('rotate')
  const login = endpoint.issue()
  assert.equal(bearer(await keeper.headersFor(oauthAccount(ID, login))), login.accessToken)
})

test('a refresh token that is known to be spent is sent by no process again, nor after a restart', async (t) => {
  const { clock, keeper, account, endpoint, db, ended, openKeeper } = await setUp(t, { lifeS: -1 })
  const hasEnded = unavailable('ended', /sluice accounts login main/)
  endpoint.setBehaviour('invalid-grant')
  const third = openKeeper('third', db.records)
  const asked = [keeper, openKeeper('second', db.records).keeper, third.keeper].map((one) => one.headersFor(account))
  for (const told of await whileTimePasses(clock, Promise.allSettled(asked))) {
    assert.ok(told.status === 'rejected' && hasEnded(told.reason))
  }
  await assert.rejects(openKeeper('main#2', db.records).keeper.headersFor(account), hasEnded)
  await assert.rejects(third.keeper.refreshNow(account), hasEnded)
  assert.deepEqual([ended.length, third.ended.length, endpoint.requests.length], [1, 2, 1])
  assert.equal(JSON.stringify(db.row()).includes('refresh-'), false)

  endpoint.setBehaviour('rotate')
  const login = endpoint.issue(-1)
  db.put(login)
  assert.ok(endpoint.acceptsAccessToken(bearer(await third.keeper.headersFor(oauthAccount(ID, login)))))
  assert.equal(db.row()?.spent, null)
})

test('a refresh token whose end could not be put on record is not sent again by the process that knows', async (t) => {
  const { clock, keeper, account, endpoint, db, old } = await setUp(t, { lifeS: -1 })
  endpoint.setBehaviour('invalid-grant')
  db.setAway('noteSpent')
  await assert.rejects(keeper.headersFor(account), unavailable('failed', /the database is away/))
  db.setAway()
  clock.leap(30_000)
  // Sealed anew meanwhile, as by a rotation of secrets.
  db.put(old)
  await assert.rejects(keeper.headersFor(account), unavailable('ended', /sign-in has ended/))
  assert.deepEqual([endpoint.requests.length, db.row()?.spent], [1, refreshFingerprint(old)])
})

test('invalid_grant because another process was first is no end', async (t) => {
  const { keeper, account, endpoint, db, ended } = await setUp(t)
  endpoint.setBehaviour('slow')
  const headers = keeper.headersFor(account)
  await until('the endpoint is asked', () => endpoint.requests.length === 1)
  const theirs = endpoint.issue()
  db.put(theirs)
  endpoint.setBehaviour('invalid-grant')
  assert.equal(bearer(await headers), theirs.accessToken)
  assert.deepEqual(ended, [])
  assert.equal(endpoint.requests.length, 1)
  assert.equal(db.holder(), null)
})

test('an upstream refusal that ends in invalid_grant is told as the end', async (t) => {
  const { keeper, account, old, endpoint, ended } = await setUp(t, { lifeS: 28_800 })
  endpoint.setBehaviour('invalid-grant')
  assert.equal(await renewalOf(keeper.refreshAfterRefusal(account, old.accessToken)), 'ended')
  assert.equal(ended.length, 1)
})

test('tokens too short-lived for the margin are used to their end', async (t) => {
  const { clock, keeper, account, endpoint } = await setUp(t)
  endpoint.setLife(120)
  const all = await Promise.all(Array.from({ length: 5 }, () => keeper.headersFor(account)))
  assert.equal(new Set(all.map(bearer)).size, 1)
  await keeper.headersFor(account)
  assert.equal(endpoint.rotations, 1)
  clock.leap(30_000)
  await keeper.headersFor(account)
  assert.equal(endpoint.rotations, 2)
})

test('tokens that end before a renewal may be repeated are not used beyond their end', async (t) => {
  const { clock, account, endpoint, db, openKeeper } = await setUp(t)
  const { keeper } = openKeeper('patient', db.records, { retryMs: 10 * MINUTE_MS })
  endpoint.setLife(60)
  await keeper.headersFor(account)
  clock.leap(MINUTE_MS)
  assert.ok(endpoint.acceptsAccessToken(bearer(await keeper.headersFor(account))))
  assert.equal(endpoint.rotations, 2)
})

test('with the database away nothing is renewed, and the old token used while it lasts', async (t) => {
  const { clock, keeper, account, old, endpoint, db } = await setUp(t)
  db.setAway(...EVERYTHING)
  assert.equal(bearer(await keeper.headersFor(account)), old.accessToken)
  assert.equal(bearer(await keeper.headersFor(account)), old.accessToken)
  assert.equal(db.calls.filter((call) => call === 'claim').length, 1)
  clock.leap(5 * MINUTE_MS)
  await assert.rejects(keeper.headersFor(account), unavailable('failed', /the database is away/))
  assert.equal(endpoint.requests.length, 0)
})

test('with the database away after the rotation the new token is used, and stored as soon as it is back', async (t) => {
  const { clock, keeper, account, old, endpoint, db, dir, refreshed } = await setUp(t)
  db.setAway('store')
  const token = bearer(await keeper.headersFor(account))
  assert.ok(endpoint.acceptsAccessToken(token))
  assert.equal(bearer(await keeper.headersFor(account)), token)
  assert.equal(db.tokens()?.accessToken, old.accessToken)
  assert.equal(db.holder(), 'main', 'nobody else may use the void refresh token')
  assert.ok(existsSync(join(dir, ID)))
  assert.deepEqual(refreshed, [])

  db.setAway(...EVERYTHING)
  await clock.advance(MINUTE_MS)
  db.setAway()
  await until('it is on record', async () => {
    await clock.advance(1000)
    return db.tokens()?.accessToken === token
  })
  await until('it is told', () => refreshed.length > 0)
  assert.deepEqual(refreshed, [ID])
  assert.deepEqual(readdirSync(dir), [])
  assert.equal(clock.pendingTimers(), 0)
  assert.equal(endpoint.rotations, 1)
})

test('what could not be stored yet is stored before the next renewal', async (t) => {
  const { clock, keeper, account, endpoint, db } = await setUp(t)
  endpoint.setLife(60)
  db.setAway('store')
  await keeper.headersFor(account)
  clock.leap(MINUTE_MS)
  db.setAway()
  endpoint.setLife(28_800)
  const token = bearer(await keeper.headersFor(account))
  assert.ok(endpoint.acceptsAccessToken(token))
  assert.equal(db.tokens()?.accessToken, token)
  assert.equal(endpoint.rotations, 2)
})

test('storing in the background waits for a renewal under way', async (t) => {
  const { clock, keeper, account, db } = await setUp(t)
  db.setAway('store')
  await keeper.headersFor(account)
  db.setAway()
  const { claim } = db.records
  const held = Promise.withResolvers<void>()
  let claims = 0
  db.records.claim = async (...given) => {
    claims++
    await held.promise
    return await claim(...given)
  }
  const renewed = keeper.refreshNow(account)
  await clock.advance(10_000)
  assert.equal(claims, 1)
  held.resolve()
  await renewed
  assert.equal(db.holder(), null)
})

test('a process killed between the endpoint and the record saves the account at its next start', async (t) => {
  const { clock, keeper, account, endpoint, db, dir, openKeeper } = await setUp(t)
  db.setAway('store', 'release')
  const token = bearer(await keeper.headersFor(account))
  await keeper.close()
  assert.equal(clock.pendingTimers(), 0)

  db.setAway()
  clock.leap(30_000)
  const next = openKeeper('main#2', db.records)
  await next.keeper.recover()
  assert.equal(db.tokens()?.accessToken, token)
  assert.deepEqual(readdirSync(dir), [])
  assert.deepEqual(next.refreshed, [ID])
  assert.equal(bearer(await next.keeper.headersFor(account)), token)
  assert.equal(endpoint.rotations, 1)
  assert.equal(db.holder(), null)
})

/** A process that was killed when it had new tokens, but not on record yet; `next` has recovered what it left. */
async function setUpSuccessor(t: TestContext, options: Parameters<typeof setUp>[1] = {}) {
  const world = await setUp(t, options)
  const { keeper, account, db, openKeeper } = world
  db.setAway('store', 'release')
  await keeper.refreshNow(account)
  const token = bearer(await keeper.headersFor(account))
  await keeper.close()
  db.setAway()
  const next = openKeeper('main#2', db.records)
  await next.keeper.recover()
  return { ...world, token, next }
}

test('while the lease of the killed process lasts, its successor already uses what it left, and stores it later', async (t) => {
  const { clock, account, db, endpoint, token, next } = await setUpSuccessor(t, { lifeS: 28_800 })
  assert.equal(bearer(await next.keeper.headersFor(account)), token)
  assert.notEqual(db.tokens()?.accessToken, token)
  await until('it is on record', async () => {
    await clock.advance(1000)
    return db.tokens()?.accessToken === token
  })
  assert.equal(endpoint.rotations, 1)
})

test('a refusal of tokens that are not on record yet does not lead back to those they replaced', async (t) => {
  const { clock, account, endpoint, token, next } = await setUpSuccessor(t, { lifeS: 28_800 })
  assert.equal(await whileTimePasses(clock, next.keeper.refreshAfterRefusal(account, token), 1000), 'refreshed')
  assert.equal(endpoint.rotations, 2)
  assert.ok(endpoint.acceptsAccessToken(bearer(await next.keeper.headersFor(account))))
})

test('new tokens of an account do not go to another of the same number', async (t) => {
  const { clock, keeper, account, old, db, dir, openKeeper } = await setUp(t)
  db.setAway('store', 'release')
  await keeper.headersFor(account)
  await keeper.close()
  db.setAway()
  clock.leap(30_000)
  db.change({ name: 'other', sealed: sealTokens(old, null, 'other') })
  await openKeeper('main#2', db.records).keeper.recover()
  assert.deepEqual(db.tokens('other'), old)
  assert.deepEqual(readdirSync(dir), [])
})

test('a file whose tokens were replaced since, or whose account is gone, is removed at the start', async (t) => {
  const { keeper, account, db, dir, openKeeper, endpoint, clock } = await setUp(t)
  db.setAway('store', 'release')
  await keeper.headersFor(account)
  await keeper.close()
  db.setAway()
  clock.leap(30_000)
  const left = readFileSync(join(dir, ID))
  const login = endpoint.issue()
  db.put(login)
  const next = openKeeper('main#2', db.records)
  await next.keeper.recover()
  assert.deepEqual(db.tokens(), login)
  assert.equal(db.holder(), null)
  assert.deepEqual(readdirSync(dir), [])
  assert.equal(bearer(await next.keeper.headersFor(oauthAccount(ID, login))), login.accessToken)

  writeFileSync(join(dir, ID), left)
  db.change(null)
  await openKeeper('main#3', db.records).keeper.recover()
  assert.deepEqual(readdirSync(dir), [])
})

test('files that cannot be read are told and stay, and half-written ones go', async (t) => {
  const { db, dir, openKeeper } = await setUp(t)
  const foreign = { account_name: 'other', replaces: 'x', sealed: sealTokens(null).toString('base64') }
  mkdirSync(dir)
  writeFileSync(join(dir, '1'), 'torn')
  writeFileSync(join(dir, '2'), JSON.stringify(foreign))
  writeFileSync(join(dir, '3.draft'), 'half')
  const next = openKeeper('main#2', db.records)
  await next.keeper.recover()
  assert.deepEqual(readdirSync(dir).sort(), ['1', '2'])
  assert.equal(next.log.lines.filter(({ level }) => level === 'error').length, 2)
  assert.deepEqual(db.calls, [])
})

test('what is on record is not taken for replaced while it cannot be opened', async (t) => {
  const { clock, keeper, account, db, dir, old, openKeeper } = await setUp(t)
  db.setAway('store', 'release')
  const token = bearer(await keeper.headersFor(account))
  await keeper.close()
  db.setAway()
  clock.leap(30_000)
  db.change({ sealed: Buffer.from('sealed with a key that is not here, as after a rotation of secrets') })
  const next = openKeeper('main#2', db.records)
  await next.keeper.recover()
  assert.ok(existsSync(join(dir, ID)))
  db.put(old)
  await until('it is on record', async () => {
    await clock.advance(1000)
    return db.tokens()?.accessToken === token
  })
})

test('without a disk the record is enough; without either the new token is not used', async (t) => {
  const { clock, account, old, db, openKeeper, endpoint } = await setUp(t)
  const broken = {
    write: () => Promise.reject(new Error('no space left')),
    remove: async () => {},
    readAll: async () => ({ refreshed: [], unreadable: [] })
  }
  const { keeper, log } = openKeeper('diskless', db.records, { spill: broken })
  db.setAway('store')
  assert.equal(bearer(await keeper.headersFor(account)), old.accessToken)
  assert.ok(log.lines.some(({ message }) => message.includes('data folder')))
  db.setAway()
  await until('it is on record', async () => {
    await clock.advance(1000)
    return db.tokens()?.accessToken !== old.accessToken
  })
  const token = db.tokens()?.accessToken
  assert.equal(bearer(await keeper.headersFor(account)), token)
  assert.equal(endpoint.rotations, 1)

  db.put(endpoint.issue(60))
  const second = openKeeper('diskless#2', db.records, { spill: broken })
  const headers = await second.keeper.headersFor(oauthAccount(ID, db.tokens()))
  assert.equal(bearer(headers), db.tokens()?.accessToken)
  assert.equal(endpoint.rotations, 2)
})

test('an account that is deleted, or of another type by now, has no credential', async (t) => {
  const { clock, keeper, db, endpoint, dir } = await setUp(t)
  const expired = oauthAccount(ID, endpoint.issue(-1))
  db.change({ type: 'api-key', sealed: secretBox.seal('{"api_key":"sk-1"}', 'account:main') })
  await assert.rejects(keeper.headersFor(expired), unavailable('ended', /not signed in/))
  assert.equal(db.holder(), null)
  clock.leap(30_000)
  db.change(null)
  await assert.rejects(keeper.refreshNow(expired), unavailable('failed', /the account is gone/))
  assert.equal(existsSync(dir), false)
})

test('an account deleted while its tokens are renewed leaves nothing behind', async (t) => {
  const { keeper, db, endpoint, dir } = await setUp(t)
  const expired = endpoint.issue(-1)
  db.put(expired)
  db.beforeStore(() => db.change(null))
  await assert.rejects(keeper.headersFor(oauthAccount(ID, expired)), unavailable('failed', /the account is gone/))
  assert.deepEqual(readdirSync(dir), [])
})

test('no log line shows a token', async (t) => {
  const { keeper, account, old, endpoint, db, openKeeper } = await setUp(t)
  const logged: string[] = []
  const note = (fields: object, message: string) => {
    const { err } = fields as { err?: Error & { cause?: Error } }
    logged.push(JSON.stringify(fields), message, err?.stack ?? '', String(err?.cause?.stack))
  }
  await keeper.close()
  const loud = openKeeper('loud', db.records, { log: { warn: note, error: note } })
  for (const behaviour of ['html', 'html-ok', 'invalid-grant', { status: 500 }] as const) {
    endpoint.setBehaviour(behaviour)
    await assert.rejects(loud.keeper.refreshNow(account))
  }
  assert.ok(logged.length > 0)
  for (const line of logged) assert.equal(line.includes(old.refreshToken) || line.includes(old.accessToken), false)
})

test('the folder keeps the mode of a private file, whatever was there', async (t) => {
  const { dir } = await setUp(t)
  const folder = createRefreshedCredentialsFolder(dir)
  mkdirSync(dir)
  writeFileSync(join(dir, '1.draft'), 'open to all')
  chmodSync(join(dir, '1.draft'), 0o644)
  const entry = { accountId: '1', accountName: 'main', replaces: 'x', sealed: Buffer.from([0, 255, 128]) }
  await folder.write(entry)
  await folder.write({ ...entry, replaces: 'y' })
  assert.equal(statSync(join(dir, '1')).mode & 0o777, 0o600)
  assert.deepEqual(await folder.readAll(), { refreshed: [{ ...entry, replaces: 'y' }], unreadable: [] })
  await folder.remove('1')
  await folder.remove('1')
  assert.deepEqual(await folder.readAll(), { refreshed: [], unreadable: [] })
})
