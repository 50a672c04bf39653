import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatabaseShare } from '../../../../services/platform/database/database-share.ts'
import { createFailedAuthentications } from '../../../../services/platform/failed-authentications.ts'
import type { Passwords } from '../../../../services/resources/sign-in/passwords.ts'
import { createSignIn } from '../../../../services/resources/sign-in/sign-in.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const ORIGIN = { requestId: 'r', clientAddress: '192.0.2.1', userAgent: null }

/** Nobody has a password here, and how checking one ends is up to the test. */
function setUp(verify: Passwords['verify']) {
  const clock = createVirtualClock()
  const nothing = () => Promise.resolve({ rows: [], rowCount: 0, command: 'SELECT', oid: 0, fields: [] })
  const pool: DatabaseShare = {
    query: nothing,
    queryAtOnce: nothing,
    connect: () => Promise.reject(new Error('no transaction is to begin'))
  }
  const failuresOf = (max: number) => createFailedAuthentications({ clock, kind: 'sign-in', max, windowMs: 60_000 })
  const signIn = createSignIn({
    pool,
    clock,
    passwords: { verify, hash: () => Promise.reject(new Error('nothing is to be hashed')) },
    failures: failuresOf(10),
    failuresOfUsers: failuresOf(50),
    sessionTtlMs: 1000
  })
  const statusOfTry = (): Promise<number | string> =>
    signIn.withPassword({ pool, clock, actor: 'nobody', origin: ORIGIN }, 'ann@example.com', 'a guess').then(
      () => 200,
      (error: Error & { status?: number }) => error.status ?? error.message
    )
  return { statusOfTry }
}

test('no more tries are made at once than may fail', async () => {
  const { promise: checked, resolve: check } = Promise.withResolvers<boolean>()
  let checks = 0
  const { statusOfTry } = setUp(() => {
    checks++
    return checked
  })
  const tries = Array.from({ length: 30 }, statusOfTry)
  check(false)
  const statuses = await Promise.all(tries)
  assert.deepEqual(
    [statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length],
    [10, 20]
  )
  assert.equal(checks, 10)
  assert.equal(await statusOfTry(), 429)
})

test('a try that could not be made to its end is not counted', async () => {
  let isAway = true
  const { statusOfTry } = setUp(() => (isAway ? Promise.reject(new Error('the database is away')) : Promise.resolve(false)))
  for (let n = 0; n < 20; n++) assert.equal(await statusOfTry(), 'the database is away')
  isAway = false
  for (let n = 0; n < 10; n++) assert.equal(await statusOfTry(), 401)
  assert.equal(await statusOfTry(), 429)
})
