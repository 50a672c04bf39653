import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startInstanceClaim } from '../../../services/operations/instance-claim.ts'
import { createScriptedPool } from '../../support/scripted-pool.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const TTL_MS = 30_000

interface OtherInstance {
  id: string
  sharesSlots: boolean
  expiresInMs: number
}

/** `others` as they are by the database, from the first look on; each is gone once its claim has run out. */
function setUp(others: OtherInstance[], { sharesSlots = true } = {}) {
  const clock = createVirtualClock()
  const expiries = new Map(others.map(({ id, expiresInMs }) => [id, clock.now() + expiresInMs]))
  const database = { isAway: false, expiries, ownLife: null as unknown, claims: 0, released: [] as unknown[] }
  const rowOf = ({ id, sharesSlots }: OtherInstance) => {
    const expiresAt = expiries.get(id)!
    return { id, sharesSlots, life: 'theirs', expiresAt: new Date(expiresAt), expiresInMs: expiresAt - clock.now() }
  }
  const pool = createScriptedPool((text, values) => {
    if (database.isAway) throw new Error('connection refused')
    if (text.startsWith('select id, life')) {
      const own = { id: 'own', life: database.ownLife, sharesSlots, expiresAt: new Date(clock.now()), expiresInMs: 1 }
      const live = others.filter(({ id }) => expiries.get(id)! > clock.now()).map(rowOf)
      return database.ownLife === null ? live : [own, ...live]
    }
    if (text.startsWith('insert into instances')) {
      database.claims++
      database.ownLife = values[1]
      return [{ expiresAt: new Date(clock.now() + TTL_MS) }]
    }
    if (text.startsWith('delete from instances where id')) database.released.push(values[1])
    return null
  })
  const lines: string[] = []
  const line = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`)
  let isLost = false
  const started = startInstanceClaim({
    db: pool,
    instanceId: 'own',
    sharesSlots,
    leaseTtlMs: TTL_MS,
    clock,
    log: { info: line('info'), warn: line('warn'), fatal: line('fatal') } as never,
    onLost: () => void (isLost = true)
  })
  let state = 'waiting'
  started.then(
    () => (state = 'claimed'),
    () => (state = 'refused')
  )
  return { clock, database, lines, started, state: () => state, isLost: () => isLost }
}

test('an instance that shares its slots serves beside others that do', async () => {
  const { started, lines } = setUp([{ id: 'b', sharesSlots: true, expiresInMs: 20_000 }])
  assert.equal((await started).known(), 2)
  assert.deepEqual(lines, [])
})

test('the claim is renewed three times in its life, which shows who else is there', async () => {
  const { clock, database, started } = setUp([{ id: 'b', sharesSlots: true, expiresInMs: 15_000 }])
  const claim = await started
  await clock.advance(TTL_MS / 3)
  assert.deepEqual([database.claims, claim.known()], [2, 2])
  await clock.advance((2 * TTL_MS) / 3)
  assert.deepEqual([database.claims, claim.known()], [4, 1])
})

test('a claim in the way is waited for until it has run out', async () => {
  for (const [ofOther, ofThis] of [
    [false, true],
    [true, false]
  ] as const) {
    const others = [{ id: 'b', sharesSlots: ofOther, expiresInMs: 20_000 }]
    const { clock, lines, state, started } = setUp(others, { sharesSlots: ofThis })
    await clock.advance(19_900)
    assert.equal(state(), 'waiting')
    assert.match(lines.join(), /waits for 20 s at most: another Sluice \(instance b\)/)
    await clock.advance(500)
    assert.equal(state(), 'claimed')
    assert.equal((await started).known(), 1)
  }
})

test('one that is renewed meanwhile lives: the start fails with what to do', async () => {
  for (const [ofOther, ofThis, advice] of [
    [false, true, /instance b.*it does not share its slots: set REDIS_URL for it too/],
    [true, false, /instance b.*set REDIS_URL for all of them/]
  ] as const) {
    const others = [{ id: 'b', sharesSlots: ofOther, expiresInMs: 20_000 }]
    const { clock, database, state, started } = setUp(others, { sharesSlots: ofThis })
    await clock.advance(0)
    database.expiries.set('b', clock.now() + 25_000)
    await clock.advance(500)
    assert.equal(state(), 'refused')
    await assert.rejects(started, advice)
  }
})

test('an instance that another life of it has taken over must end', async () => {
  const { clock, database, lines, started, isLost } = setUp([])
  const claim = await started
  database.ownLife = 'a later one'
  await clock.advance(TTL_MS / 3)
  assert.equal(isLost(), true)
  assert.deepEqual(lines, ['fatal: another instance has taken over the database: shutting down'])
  assert.equal(claim.known(), 1)
})

test('a database that is away is no reason to end, and the next renewal tries again', async () => {
  const { clock, database, lines, started, isLost } = setUp([])
  await started
  database.isAway = true
  await clock.advance(TTL_MS / 3)
  database.isAway = false
  await clock.advance(TTL_MS / 3)
  assert.deepEqual([isLost(), database.claims], [false, 2])
  assert.deepEqual(lines, ['warn: the claim on the database could not be renewed'])
})

test('a released claim is gone, and is not renewed', async () => {
  const { clock, database, started } = setUp([])
  const claim = await started
  await claim.release()
  assert.deepEqual(database.released, [database.ownLife])
  await clock.advance(TTL_MS)
  assert.equal(database.claims, 1)
})

test('a claim that cannot be released is left to expire', async () => {
  const { database, lines, started } = setUp([])
  const claim = await started
  database.isAway = true
  await claim.release()
  assert.deepEqual(lines, ['warn: the claim could not be released: it will expire'])
})
