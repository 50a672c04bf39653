import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueryResult } from 'pg'
import { createDatabaseShare } from '../../../../services/platform/database/database-share.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import type { Connectable, Queryable } from '../../../../services/platform/database/queryable.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const OPTIONS = { size: 2, waitMs: 1000, statementTimeoutMs: 500 }
const BEGIN = 'begin; set local statement_timeout = 500; set local max_parallel_workers_per_gather = 0'

/** A pool that says what it was asked. */
function fakePool({ fail = () => null }: { fail?: (text: string) => Error | null } = {}) {
  const asked: string[] = []
  let connected = 0
  let response: unknown = { rows: [] }
  const query: Queryable['query'] = async (text) => {
    asked.push(text)
    const error = fail(text)
    if (error !== null) throw error
    return response as QueryResult<never>
  }
  const pool: Connectable = {
    query,
    async connect() {
      const error = fail('connect')
      if (error !== null) throw error
      connected += 1
      return { query, release: () => void (connected -= 1) }
    }
  }
  return { pool, asked, connected: () => connected, answer: (next: unknown) => void (response = next) }
}

const statusOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof GatewayError ? error.status : error)
  )

test('no more connections are used at once than it has, and who waits comes in order', async () => {
  const { pool, connected } = fakePool()
  const clock = createVirtualClock()
  const share = createDatabaseShare(pool, { clock, ...OPTIONS })
  const [first, second] = [await share.connect(), await share.connect()]
  const order: string[] = []
  const third = share.connect().then((client) => {
    order.push('third')
    return client
  })
  const fourth = share.connect().then((client) => {
    order.push('fourth')
    return client
  })
  await clock.advance(999)
  assert.deepEqual([connected(), order], [2, []])
  first.release()
  ;(await third).release()
  second.release()
  ;(await fourth).release()
  assert.deepEqual([connected(), order], [0, ['third', 'fourth']])
  await share.query('select 1')
  assert.equal(clock.pendingTimers(), 0)
})

test('who has waited for too long is told to come back, and takes nobody’s place', async () => {
  const { pool, connected } = fakePool()
  const clock = createVirtualClock()
  const share = createDatabaseShare(pool, { clock, ...OPTIONS, size: 1 })
  const held = await share.connect()
  const late = statusOf(share.query('select 1'))
  await clock.advance(1000)
  assert.equal(await late, 503)
  held.release()
  assert.equal(await statusOf(share.query('select 2')), 'done')
  assert.equal(connected(), 0)
})

test('a place is given back whatever fails', async () => {
  let failing: string | null = 'connect'
  const { pool } = fakePool({ fail: (text) => (text === failing ? new Error('away') : null) })
  const share = createDatabaseShare(pool, { clock: createVirtualClock(), ...OPTIONS, size: 1 })
  for (failing of ['connect', BEGIN, 'select 1', 'commit'])
    await assert.rejects(share.query('select 1'), failing === 'connect' ? /cannot reach its database/ : /away/)
  failing = null
  await share.query('select 1')
})

test('who loses the connection is told to come back', async () => {
  for (const lost of [
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
    new Error('Connection terminated unexpectedly')
  ]) {
    const { pool } = fakePool({ fail: (text) => (text === 'select 1' ? lost : null) })
    const share = createDatabaseShare(pool, { clock: createVirtualClock(), ...OPTIONS })
    assert.equal(await statusOf(share.query('select 1')), 503)
  }
})

test('a statement that the server ended for its length is the question’s fault', async () => {
  const canceled = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' })
  const { pool, asked } = fakePool({ fail: (text) => (text === 'select slow' ? canceled : null) })
  const share = createDatabaseShare(pool, { clock: createVirtualClock(), ...OPTIONS })
  assert.equal(await statusOf(share.query('select slow')), 504)

  assert.deepEqual(asked, [BEGIN, 'select slow', 'rollback'])
})

test('a statement without values is a single trip with its settings', async () => {
  const pool = fakePool({ fail: (text) => (text.endsWith('select 2') ? new Error('wrong') : null) })
  const share = createDatabaseShare(pool.pool, { clock: createVirtualClock(), ...OPTIONS, size: 1 })
  pool.answer([{ rows: [] }, { rows: [] }, { rows: [{ one: 1 }] }])
  assert.deepEqual((await share.queryAtOnce('select 1')).rows, [{ one: 1 }])
  await assert.rejects(share.queryAtOnce('select 2'), /wrong/)
  assert.equal((await share.queryAtOnce('select 3')).rows.length, 1)
  assert.deepEqual(
    pool.asked,
    [1, 2, 3].map((n) => `${BEGIN.replace('begin; ', '')}; select ${n}`)
  )
  assert.equal(pool.connected(), 0)
})
