import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { watchClock } from '../../../services/platform/clock-watch.ts'
import { createDatabaseWatch } from '../../../services/platform/database/database-watch.ts'
import { createSealedAges } from '../../../services/money/journal/sealed-ages.ts'
import { createFailedAuthentications } from '../../../services/platform/failed-authentications.ts'
import { createInProcessSlots } from '../../../services/gateway/slots/in-process-slots.ts'
import { createSessionBindings } from '../../../services/gateway/slots/session-bindings.ts'
import { createSlotHeartbeat } from '../../../services/gateway/slots/slot-heartbeat.ts'
import { createAttemptRecorder } from '../../../services/money/usage/attempt-recorder.ts'
import type { AttemptRecord, SentRecord } from '../../../services/money/usage/attempt-records.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const HOUR_MS = 3_600_000
const SIGNAL = new AbortController().signal

for (const [name, byMs] of [
  ['back by an hour', -HOUR_MS],
  ['forward by 26 hours', 26 * HOUR_MS]
] as const) {
  suite(`a wall clock that is set ${name} does not change`, () => {
    test('when a wait for a slot ends', async () => {
      const clock = createVirtualClock()
      const slots = createInProcessSlots({ clock })
      const ask = (holder: string) =>
        slots.acquireUser({ userId: 'ann', limit: 1, holder }, { deadlineAt: clock.uptime() + 5000, signal: SIGNAL })
      await ask('a')
      let ended = 'no'
      const waiting = ask('b').catch((error: Error) => {
        ended = error.name
      })
      clock.step(byMs)
      await clock.advance(4999)
      assert.equal(ended, 'no')
      await clock.advance(1)
      assert.equal(ended, 'SlotTimeoutError')
      await waiting
    })

    test('how long a segment of the journal is left to the attempts in it', async () => {
      const clock = createVirtualClock()
      const ages = createSealedAges(clock)
      const segment = { number: 7, path: '', bytes: 1, sealedAt: null }
      ages.look([segment])
      assert.equal(ages.ageOf(segment), null)
      const ended = { ...segment, sealedAt: clock.now() }
      ages.look([ended])
      clock.step(byMs)
      await clock.advance(59_999)
      ages.look([ended, { ...ended, number: 8, sealedAt: clock.now() }])
      assert.equal(ages.ageOf(ended), 59_999)
      ages.look([])
      assert.equal(ages.ageOf(ended), null)
    })

    test('how long a slot outlives its holder, and when it is renewed', async () => {
      const clock = createVirtualClock()
      const slots = createInProcessSlots({ clock, leaseTtlMs: 30_000 })
      const beats: number[] = []
      const lost: string[] = []
      const renew = async (ids: string[]) => {
        beats.push(clock.uptime())
        return await slots.renew(ids)
      }
      const heartbeat = createSlotHeartbeat({
        slots: { renew },
        clock,
        intervalMs: 10_000,
        onLost: (ids) => lost.push(...ids),
        onFault: (error) => assert.ifError(error)
      })
      const wait = { deadlineAt: clock.uptime(), signal: SIGNAL }
      const lease = await slots.acquireUser({ userId: 'ann', limit: 1, holder: 'a' }, wait)
      heartbeat.add(lease.id)
      clock.step(byMs)
      await clock.advance(60_000)
      assert.deepEqual([beats.length, lost], [6, []])
      heartbeat.stop()
      clock.step(-byMs)
      await clock.advance(29_999)
      assert.equal(slots.sizes().leases, 1)
      await clock.advance(1)
      assert.equal(slots.sizes().leases, 0)
    })

    test("how long a session's binding lasts", async () => {
      const clock = createVirtualClock()
      const bindings = createSessionBindings({ clock, ttlMs: 1000, max: 10 })
      bindings.use('s', 'a', () => true)
      clock.step(byMs)
      await clock.advance(999)
      assert.equal(bindings.accountOf('s'), 'a')
      await clock.advance(1)
      assert.equal(bindings.accountOf('s'), null)
    })

    test('the window of failed sign-ins', async () => {
      const clock = createVirtualClock()
      const failures = createFailedAuthentications({ clock, kind: 'sign-in', max: 1, windowMs: 1000 })
      await failures.count('192.0.2.1')
      clock.step(byMs)
      assert.equal(await failures.count('192.0.2.1'), 1000)
      await clock.advance(1000)
      assert.equal(await failures.count('192.0.2.1'), null)
    })

    test('how long it is believed that the database answers', async () => {
      const clock = createVirtualClock()
      let asked = 0
      const watch = createDatabaseWatch({ check: async () => asked++, clock, freshMs: 1000 })
      await watch.state()
      clock.step(byMs)
      await watch.state()
      assert.equal(asked, 1)
      await clock.advance(1000)
      await watch.state()
      assert.equal(asked, 2)
    })

    test('how long an attempt took, and when its progress is written', async () => {
      const clock = createVirtualClock()
      const journal: AttemptRecord[] = []
      const sent = { type: 'sent', id: 'x.1', createdAt: clock.now() } as SentRecord
      const recorder = createAttemptRecorder(sent, {
        journal: { append: (record) => void journal.push(record), finish() {} },
        clock,
        progressIntervalMs: 5000,
        onFirstByte() {},
        onNamed() {},
        onClosed: () => ({ costNano: 0n, chargedNano: 0n, priceVersion: '', priceUnknown: true })
      })
      clock.step(byMs)
      await clock.advance(70)
      recorder.firstByte()
      await clock.advance(30)
      recorder.close('completed')
      const closed = journal.find((record) => record.type === 'closed')
      assert.deepEqual([closed?.firstByteMs, closed?.durationMs], [70, 100])
    })
  })

  test(`that the wall clock was set ${name} is told once`, async () => {
    const clock = createVirtualClock()
    const steps: number[] = []
    const watch = watchClock({ clock, onStep: (ms) => steps.push(ms) })
    await clock.advance(60_000)
    clock.step(900)
    clock.step(byMs)
    await clock.advance(60_000)
    assert.deepEqual(steps, [byMs + 900])
    watch.stop()
    assert.equal(clock.pendingTimers(), 0)
  })
}

/**
 * Where the wall clock is compared or reckoned with, and why. All else that asks how long, or whether it is time, has to ask
 * `uptime`: whoever adds a line here says why an instant of the calendar is meant.
 */
const RECKONS_WITH_WALL_CLOCK: Record<string, string> = {
  'plugins/condition.ts': 'attempts in the journal outlive the process',
  'services/resources/sign-in/device-code-seal.ts': 'a code says by itself when it ends, to every replica',
  'services/resources/sign-in/console-links.ts': 'a link ends at an instant on record',
  'services/resources/sign-in/oidc-transaction.ts': 'another replica may complete what one began',
  'services/gateway/accounts/credential-keeper.ts': 'tokens end at an instant, whoever renewed them',
  'services/gateway/accounts/account-health.ts': 'it is given a clock that no step moves',
  'services/gateway/accounts/probes.ts': 'it is given a clock that no step moves',
  'services/gateway/request/key-test.ts': 'the event on record is looked for by when it was sent',
  'services/platform/clock.ts': 'it compares the two',
  'services/platform/clock-watch.ts': 'it compares the two',
  'services/platform/network/tls-files.ts': 'a certificate ends at an instant that its authority named',
  'services/resources/keys/keys.ts': 'an overlap of keys ends at an instant on record',
  'services/operations/doctor/examine-database.ts': 'it is the wall clock that is looked at',
  'services/operations/doctor/examine.ts': 'it is the wall clock that is looked at',
  'cli/key-helper/kept-sign-in.ts': 'files are dated by the wall clock',
  'cli/option-values.ts': 'what ends on a day of the calendar is given as that'
}

test('durations, deadlines and ages are not reckoned by the wall clock', () => {
  const root = new URL('../../../', import.meta.url)
  const reckoning = /[-+<>]=? *(?:(?:\w+\.)*clock|Date)\.now\(\)|(?:clock|Date)\.now\(\) *(?:[-+<>]|===)/
  for (const folder of ['services', 'plugins', 'routes', 'cli']) {
    for (const path of readdirSync(new URL(folder, root), { recursive: true }).map((name) => `${folder}/${String(name)}`)) {
      if (!path.endsWith('.ts')) continue
      const text = readFileSync(new URL(path, root), 'utf8')
      if (path in RECKONS_WITH_WALL_CLOCK) assert.match(text, reckoning, `${path} need not be on the list any more`)
      else assert.doesNotMatch(text, reckoning, path)
    }
  }
})
