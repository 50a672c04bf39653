import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { withDatabase } from '../support/crash-database.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { forbiddenDisk, fullFileSystem, type FillableDisk } from '../support/full-disk.ts'
import { account, ask, user } from '../support/gateway.ts'
import { serverPlace, type ServerPlace } from '../support/server-process.ts'
import { until } from '../support/until.ts'

// A process of its own: it takes as long as a dozen others, and so begins first.

const CLIENTS = 32

interface LastLine {
  msg: string
  lostRecords?: number
}

await suite('a stop on a disk that is full', { timeout: 300_000, concurrency: 1 }, async () => {
  test('leaves every response that a client has whole on record', async (t) => {
    const { place, exit, whole, refused } = await stopped(t, await fullFileSystem(t), { hasDatabase: true })
    assert.deepEqual(exit, { code: 0, signal: null })
    assert.ok(refused > 0, 'nobody was refused')
    assertOnRecord(await eventsOf(place), whole)
  })

  test('leaves them on record too where the disk takes not even what it had room for', async (t) => {
    const { place, exit, whole } = await stopped(t, await forbiddenDisk(t), { hasDatabase: true })
    assert.deepEqual(exit, { code: 0, signal: null })
    assertOnRecord(await eventsOf(place), whole)
  })

  test('with the database away too, leaves it to the next start, where the ends have their room', async (t) => {
    const disk = await fullFileSystem(t)
    const { place, exit, last, whole } = await stopped(t, disk, { hasDatabase: false })
    if (!disk.takesAllocated) return assertLoss(exit, last)
    assert.deepEqual(exit, { code: 0, signal: null })
    disk.free()
    await place.start({ DATA_DIR: disk.dir })
    await until('all that waited is on record', async () => {
      const known = new Set((await eventsOf(place)).map(({ exchange }) => exchange))
      return whole.every((id) => known.has(id))
    })
    assertOnRecord(await eventsOf(place), whole)
  })

  test('says how much is lost where neither the disk nor the database takes it', async (t) => {
    const { exit, last, whole } = await stopped(t, await forbiddenDisk(t), { hasDatabase: false })
    assert.ok(whole.length > 0)
    assertLoss(exit, last)
  })
})

/**
 * A server under load whose disk takes nothing more from some moment on, and which is told to stop at the first refusal: how it
 * ended, and the exchanges whose responses their clients have whole.
 */
async function stopped(t: TestContext, disk: FillableDisk, { hasDatabase }: { hasDatabase: boolean }) {
  t.diagnostic(disk.kind)
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  // Of different lengths, so that some are always under way: what ends while nothing is written is what may be lost.
  upstream.setBehaviour((_request, number) => ({ deltas: 4 + (number % 13) * 3, paceMs: 25 }))
  const place = await serverPlace(t, {
    through: disk.through,
    declared: {
      groups: [{ name: 'default', kind: 'balance' }],
      accounts: [account('main', upstream.url, { concurrency: 0 })],
      users: [user({ concurrency: 0 })]
    },
    env: { DRAIN_DELAY_MS: '0', DRAIN_TIMEOUT_MS: '3000' }
  })
  const proxy = await databaseProxy(place.env['DATABASE_URL'] ?? assert.fail('no database'))
  t.after(() => proxy.close())
  const life = await place.start({ DATA_DIR: disk.dir, DATABASE_URL: proxy.url })
  const load = startLoad(place)
  await until('responses are whole', () => load.whole.length >= CLIENTS, 30_000)
  if (!hasDatabase) proxy.cut()
  await disk.fill(life.pid)
  // On a full file system what was allocated beforehand is used up first.
  await until('somebody is refused', () => load.refused() > 0, 60_000)
  life.kill('SIGTERM')
  const exit = await life.ends()
  await load.over
  const last = JSON.parse(life.stdout().trimEnd().split('\n').at(-1) ?? '') as LastLine
  return { place, exit, last, whole: load.whole, refused: load.refused() }
}

/** Clients that ask again and again until they are refused. */
function startLoad(place: ServerPlace) {
  const whole: string[] = []
  let refused = 0
  async function client(): Promise<void> {
    for (;;) {
      const response = await place.messages(ask({ stream: true }))
      const text = await response.text()
      if (response.status !== 200) {
        assert.match(text, /cannot record usage at the moment/)
        refused++
        return
      }
      if (text.includes('message_stop')) whole.push(response.headers.get('x-sluice-exchange-id') ?? assert.fail(text))
    }
  }
  // The door is closed to those who come after it.
  const over = Promise.allSettled(Array.from({ length: CLIENTS }, client))
  return { whole, refused: () => refused, over }
}

interface Recorded {
  id: string
  exchange: string
  outcome: string
  basis: string
}

function eventsOf(place: ServerPlace): Promise<Recorded[]> {
  return withDatabase(place, async (pool) => {
    const { rows } = await pool.query<Recorded>('select id, exchange_id as exchange, outcome, basis from usage_events')
    return rows
  })
}

function assertOnRecord(events: readonly Recorded[], whole: readonly string[]): void {
  const final = new Map(events.map(({ exchange, outcome, basis }) => [exchange, `${outcome} ${basis}`]))
  const missing = whole.filter((id) => final.get(id) !== 'completed final')
  assert.deepEqual(
    missing.map((id) => [id, final.get(id)]),
    [],
    `of ${whole.length} whole responses`
  )
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length)
}

function assertLoss(exit: object, last: LastLine): void {
  assert.deepEqual(exit, { code: 1, signal: null })
  assert.match(last.msg, /usage is lost: neither the disk nor the database took it/)
  assert.ok((last.lostRecords ?? 0) > 0)
}
