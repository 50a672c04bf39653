import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstOf, holdersOf, joinUsers, NOBODY, slotsOf, usersOf } from '../../../../services/gateway/slots/slot-users.ts'
import { seededRandom } from '../../../../simulator/seeded-random.ts'

const SLOTS = [
  { userId: '1', session: null, since: 400 },
  { userId: '2', session: 'x', since: 300 },
  { userId: '2', session: 'x', since: 200 },
  { userId: '2', session: 'y', since: 500 },
  { userId: '1', session: null, since: 350 }
]

test('the first few of many are those that a stable sort has first', () => {
  const random = seededRandom(7)
  const byRank = (a: { rank: number }, b: { rank: number }) => a.rank - b.rank
  for (let round = 0; round < 200; round++) {
    const items = Array.from({ length: random.int(0, 40) }, (_, n) => ({ rank: random.int(1, 8), n }))
    const most = random.int(0, 12)
    assert.deepEqual(firstOf(items, most, byRank), items.toSorted(byRank).slice(0, most))
  }
})

test('who has slots is told with their sessions, the busiest first', () => {
  assert.deepEqual(usersOf(SLOTS), {
    count: 2,
    sessions: 2,
    busiest: [
      { id: '2', inFlight: 3, sessions: 2 },
      { id: '1', inFlight: 2, sessions: 0 }
    ]
  })
  assert.deepEqual(usersOf([]), NOBODY)
})

test('sessions that have slots are told with the oldest request of each, the oldest first', () => {
  assert.deepEqual(holdersOf(SLOTS), [
    { userId: '2', session: 'x', since: 200, inFlight: 2 },
    { userId: '1', session: null, since: 350, inFlight: 2 },
    { userId: '2', session: 'y', since: 500, inFlight: 1 }
  ])
})

test('a key with slots of its own has them beside its user’s, and is shown with them', () => {
  const user = { id: '7', concurrency: 5 }
  assert.deepEqual(slotsOf({ user, key: { id: '12', ownSlots: null } }), { id: '7', limit: 5 })
  const own = slotsOf({ user, key: { id: '12', ownSlots: 2 } })
  assert.equal(own.limit, 2)
  assert.notEqual(own.id, slotsOf({ user, key: { id: '13', ownSlots: 2 } }).id)

  const account = { subject: 'account' as const, id: '7', limit: 9, inFlight: 3, waiting: 0, waitingSince: null, users: NOBODY }
  const ofUser = { ...account, subject: 'user' as const, limit: 5, inFlight: 1 }
  const ofKey = { ...ofUser, id: own.id, limit: 2, inFlight: 2, waiting: 4, waitingSince: 300 }
  const joined = { ...ofUser, limit: 7, inFlight: 3, waiting: 4, waitingSince: 300 }
  assert.deepEqual(joinUsers([account, ofUser, ofKey]), [account, joined])
  assert.deepEqual(joinUsers([{ ...ofKey, limit: 0 }]), [{ ...ofKey, id: '7', limit: 0 }])
  assert.equal(joinUsers([ofUser, { ...ofKey, limit: 0 }])[0]?.limit, 0, 'no limit')
  const waiting = (...busiest: [session: string | null, waiting: number][]) => ({
    count: busiest.length,
    busiest: busiest.map(([session, count]) => ({ session, waiting: count }))
  })
  const sessions = [
    { ...ofUser, waitingSessions: waiting(['b', 2], [null, 1]) },
    { ...ofKey, waitingSessions: waiting(['a', 3], ['b', 1]) }
  ]
  assert.deepEqual(joinUsers(sessions)[0]?.waitingSessions, waiting(['a', 3], ['b', 3], [null, 1]))
  const counts = { subject: 'user' as const, id: '7', limit: 5, inFlight: 1, waiting: 0 }
  assert.deepEqual(joinUsers([counts, { ...counts, id: own.id }]), [{ ...counts, limit: 10, inFlight: 2 }])
})
