import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdersOf, usersOf } from '../../../../services/gateway/slots/slot-users.ts'

const SLOTS = [
  { userId: '1', session: null, since: 400 },
  { userId: '2', session: 'x', since: 300 },
  { userId: '2', session: 'x', since: 200 },
  { userId: '2', session: 'y', since: 500 },
  { userId: '1', session: null, since: 350 }
]

test('who has slots is told with their sessions, the busiest first', () => {
  assert.deepEqual(usersOf(SLOTS), [
    { id: '2', inFlight: 3, sessions: new Set(['x', 'y']) },
    { id: '1', inFlight: 2, sessions: new Set() }
  ])
  assert.deepEqual(usersOf([]), [])
})

test('sessions that have slots are told with the oldest request of each, the oldest first', () => {
  assert.deepEqual(holdersOf(SLOTS), [
    { userId: '2', session: 'x', since: 200, inFlight: 2 },
    { userId: '1', session: null, since: 350, inFlight: 2 },
    { userId: '2', session: 'y', since: 500, inFlight: 1 }
  ])
})
