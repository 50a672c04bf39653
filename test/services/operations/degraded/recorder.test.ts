import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createDegradedRecorder } from '../../../../services/operations/degraded/recorder.ts'
import type { Condition } from '../../../../services/operations/metrics/condition.ts'
import type { Queryable } from '../../../../services/platform/database/queryable.ts'
import { createTestLog } from '../../../support/journal-fixtures.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock, type VirtualClock } from '../../../support/virtual-clock.ts'
import { WELL } from '../../../support/well-condition.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const LOCAL: Condition = { ...WELL, slots: 'local' }
const AWAY: Condition = { ...WELL, database: 'away' }

function folder(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-degraded-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A database that keeps what it is told: mode, minute it began and ended, and whether it was cut. */
function fakeDatabase() {
  const rows = new Map<string, string>()
  const state = { isAway: false }
  const db: Queryable = {
    async query(text, values = []) {
      if (state.isAway) throw new Error('away')
      if (text.startsWith('insert')) {
        const [ids = [], modes = [], , , began = [], ended = [], cut = []] = values.map((value) =>
          String(value).slice(1, -1).split(',')
        )
        ids.forEach((id, index) => {
          const told = [modes[index]?.replaceAll('"', ''), began[index]?.slice(11, 19), ended[index]?.slice(11, 19), cut[index]]
          if (!rows.has(id)) rows.set(id, told.join(' '))
        })
      }
      return { rows: [] } as never
    }
  }
  return { db, state, stored: () => [...rows.values()] }
}

interface Given {
  dataDir: string
  db: Queryable
  clock?: VirtualClock
}

async function recorderOf(t: TestContext, { dataDir, db, clock = createVirtualClock(NOON) }: Given) {
  const now = { condition: WELL }
  let looks = 0
  const log = createTestLog()
  const recorder = createDegradedRecorder({
    async condition() {
      looks++
      return now.condition
    },
    db,
    clock,
    instanceId: 'one',
    replica: 'host/one',
    dataDir,
    log
  })
  await recorder.start()
  t.after(() => recorder.close())
  /** Lets it look so often, in this condition. */
  async function look(condition: Condition, times: number): Promise<void> {
    now.condition = condition
    for (let time = 0; time < times; time++) {
      const before = looks
      await until('the next look is planned', () => clock.pendingTimers() > 0)
      await clock.advance(1000)
      await until('it has looked', () => looks > before)
      await until('the look is over', () => clock.pendingTimers() > 0)
    }
  }
  return { ...recorder, look, log, clock }
}

test('an outage is put on record when it is over, from its first sign to its end', async (t) => {
  const { db, stored } = fakeDatabase()
  const { look, current } = await recorderOf(t, { dataDir: folder(t), db })
  await look(WELL, 2)
  await look(LOCAL, 1)
  assert.deepEqual(current(), [], 'it may pass at once')
  await look(LOCAL, 4)
  assert.deepEqual(current(), [{ mode: 'redis_away', beganAt: NOON + 3000, facts: { replicas: 2 } }])
  assert.deepEqual(stored(), [])
  await look(WELL, 1)
  assert.deepEqual([current(), stored()], [[], ['redis_away 12:00:03 12:00:08 false']])
})

test('what is seen once is none', async (t) => {
  const { db, stored } = fakeDatabase()
  const { look } = await recorderOf(t, { dataDir: folder(t), db })
  for (let time = 0; time < 3; time++) {
    await look(LOCAL, 1)
    await look(WELL, 1)
  }
  assert.deepEqual(stored(), [])
})

test('that the database was away is stored when it is back, with what ended meanwhile', async (t) => {
  const { db, state, stored } = fakeDatabase()
  const { look } = await recorderOf(t, { dataDir: folder(t), db })
  state.isAway = true
  await look({ ...AWAY, slots: 'local' }, 3)
  await look({ ...AWAY, journal: { bytes: 9000, oldestAgeMs: 4000, accepting: true } }, 2)
  assert.deepEqual(stored(), [])
  await look(WELL, 1)
  assert.deepEqual(stored(), [], 'it says that it is back, and is not')
  state.isAway = false
  await look(WELL, 1)
  assert.deepEqual(stored().toSorted(), ['postgres_away 12:00:01 12:00:06 false', 'redis_away 12:00:01 12:00:04 false'])
})

test('a kill cuts it: the next life of the folder says so, as far as it is known', async (t) => {
  const dataDir = folder(t)
  const { db, state, stored } = fakeDatabase()
  state.isAway = true
  const killed = await recorderOf(t, { dataDir, db })
  await killed.look({ ...AWAY, slots: 'local' }, 3)
  await killed.look(AWAY, 14)
  const kept = JSON.parse(readFileSync(join(dataDir, 'degraded-modes.json'), 'utf8')) as { mode: string; isCut: boolean }[]
  assert.deepEqual(
    kept.map(({ mode, isCut }) => [mode, isCut]),
    [
      ['redis_away', false],
      ['postgres_away', true]
    ]
  )
  state.isAway = false
  const next = await recorderOf(t, { dataDir, db, clock: createVirtualClock(NOON + 600_000) })
  await next.look(WELL, 1)
  assert.deepEqual(stored().toSorted(), ['postgres_away 12:00:01 12:00:14 true', 'redis_away 12:00:01 12:00:04 false'])
  assert.equal(existsSync(join(dataDir, 'degraded-modes.json')), false)
  await next.look(WELL, 2)
  assert.equal(stored().length, 2)
})

test('a stop cuts what lasts, and leaves to the next start what cannot be stored', async (t) => {
  const dataDir = folder(t)
  const { db, state, stored } = fakeDatabase()
  const first = await recorderOf(t, { dataDir, db })
  await first.look(LOCAL, 3)
  await first.close()
  assert.deepEqual(stored(), ['redis_away 12:00:01 12:00:03 true'])

  const second = await recorderOf(t, { dataDir, db })
  state.isAway = true
  await second.look(AWAY, 3)
  await second.close()
  state.isAway = false
  const third = await recorderOf(t, { dataDir, db, clock: createVirtualClock(NOON + 60_000) })
  await third.look(WELL, 1)
  assert.deepEqual(stored().slice(1), ['postgres_away 12:00:01 12:00:03 true'])
})

test('a folder that cannot be written, or holds something else, keeps nothing from its work', async (t) => {
  const dataDir = folder(t)
  for (const text of ['{', '[1, null, {"id": "x"}]', '{"a": 1}', '']) {
    writeFileSync(join(dataDir, 'degraded-modes.json'), text)
    const { db, stored } = fakeDatabase()
    const { look } = await recorderOf(t, { dataDir, db })
    await look(LOCAL, 2)
    await look(WELL, 1)
    assert.equal(stored().length, 1, text)
  }
  const { db, stored } = fakeDatabase()
  const { look, log } = await recorderOf(t, { dataDir: join(dataDir, 'none'), db })
  await look(LOCAL, 4)
  await look(WELL, 1)
  assert.equal(stored().length, 1)
  assert.equal(log.lines.filter(({ message }) => message.includes('in memory only')).length, 1)
})

test('so many are kept while they cannot be stored, and no more', async (t) => {
  const { db, state, stored } = fakeDatabase()
  state.isAway = true
  const { look } = await recorderOf(t, { dataDir: folder(t), db })
  for (let time = 0; time < 120; time++) {
    await look({ ...AWAY, slots: 'local' }, 2)
    await look(AWAY, 1)
  }
  state.isAway = false
  await look(WELL, 2)
  assert.equal(stored().length, 100)
})
