import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCalendar } from '../../../../services/money/billing/calendar.ts'
import { addToWindow, eligibilityOf, remainingNano, windowAt } from '../../../../services/money/billing/quota-windows.ts'
import type { QuotaWindow, WindowKind, WindowPolicy } from '../../../../services/money/billing/quota-windows.ts'
import { fc, times } from '../../../support/fuzz.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const KINDS: WindowKind[] = ['day', 'week', 'month']
const LENGTH_MS = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS }
const FIRST_USE: WindowPolicy = { anchor: 'first-use' }
const T0 = Date.parse('2026-03-10T15:30:00Z')

const calendarOf = (timeZone: string): WindowPolicy => ({ anchor: 'calendar', calendar: createCalendar(timeZone) })
const unopened = (kind: WindowKind): QuotaWindow => ({ kind, startedAt: null, usedNano: 0n })

for (const kind of KINDS) {
  test(`a ${kind} counted from first use lasts its time to the millisecond`, () => {
    const window = addToWindow(unopened(kind), FIRST_USE, T0, 5n)
    const endsAt = T0 + LENGTH_MS[kind]
    assert.deepEqual(windowAt(window, FIRST_USE, endsAt - 1), { kind, startsAt: T0, endsAt, usedNano: 5n, open: true })
    assert.equal(windowAt(window, FIRST_USE, endsAt).open, false)
    assert.deepEqual(addToWindow(window, FIRST_USE, endsAt - 1, 2n), { kind, startedAt: T0, usedNano: 7n })
    assert.deepEqual(addToWindow(window, FIRST_USE, endsAt, 2n), { kind, startedAt: endsAt, usedNano: 2n })
  })
}

test('a window that was never used shows no times, and looking at it opens none', () => {
  const window = unopened('week')
  assert.deepEqual(windowAt(window, FIRST_USE, T0), { kind: 'week', startsAt: null, endsAt: null, usedNano: 0n, open: false })
  assert.deepEqual(window, unopened('week'))
})

test('after a pause the next window starts with the next use, not where the old one ended', () => {
  const old = addToWindow(unopened('day'), FIRST_USE, T0, 5n)
  const later = T0 + 10 * DAY_MS + 1
  assert.equal(addToWindow(old, FIRST_USE, later, 1n).startedAt, later)
})

test('an event older than the open window changes nothing', () => {
  const window = addToWindow(unopened('day'), FIRST_USE, T0, 5n)
  assert.deepEqual(addToWindow(window, FIRST_USE, T0 - 1, 100n), window)
  const utc = calendarOf('UTC')
  const today = addToWindow(unopened('day'), utc, T0, 5n)
  assert.deepEqual(addToWindow(today, utc, T0 - DAY_MS, 100n), today)
})

test('an instant just before the stored window, by a clock that is behind, sees that window used up', () => {
  const window = addToWindow(unopened('day'), FIRST_USE, T0, 5n)
  assert.equal(eligibilityOf([window], { day: 5n }, FIRST_USE, T0 - 50).allowed, false)
})

test('calendar days, weeks and months follow the local calendar, weeks from Monday', () => {
  const berlin = createCalendar('Europe/Berlin')
  const at = Date.parse('2026-03-15T12:00:00+01:00') // a Sunday
  const span = (unit: WindowKind) => {
    const { startsAt, endsAt } = berlin.spanAt(unit, at)
    return [new Date(startsAt).toISOString(), new Date(endsAt).toISOString()]
  }
  assert.deepEqual(span('day'), ['2026-03-14T23:00:00.000Z', '2026-03-15T23:00:00.000Z'])
  assert.deepEqual(span('week'), ['2026-03-08T23:00:00.000Z', '2026-03-15T23:00:00.000Z'])
  assert.deepEqual(span('month'), ['2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'])
})

const CLOCK_CHANGES: [string, string, number][] = [
  ['Europe/Berlin', '2026-03-29', 23],
  ['Europe/Berlin', '2026-10-25', 25],
  ['America/New_York', '2026-03-08', 23],
  ['America/New_York', '2026-11-01', 25],
  ['Australia/Lord_Howe', '2026-04-05', 24.5],
  ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ['America/Santiago', '2026-09-06', 23], // its clocks skip 00:00 to 01:00, so the day begins at 01:00
  ['Asia/Kolkata', '2026-03-29', 24]
]
for (const [timeZone, date, hours] of CLOCK_CHANGES) {
  test(`${date} has ${hours} hours in ${timeZone}`, () => {
    const { startsAt, endsAt } = createCalendar(timeZone).spanAt('day', Date.parse(`${date}T12:00:00Z`))
    assert.equal((endsAt - startsAt) / HOUR_MS, hours)
    const dateAt = (at: number) => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at)
    assert.deepEqual([dateAt(startsAt), dateAt(endsAt - 1)], [date, date])
    assert.notEqual(dateAt(startsAt - 1), date)
  })
}

test('months of every length and leap days begin and end at local midnight', () => {
  const { spanAt } = createCalendar('UTC')
  const daysOf = (date: string) => {
    const { startsAt, endsAt } = spanAt('month', Date.parse(date))
    return (endsAt - startsAt) / DAY_MS
  }
  assert.deepEqual(['2026-02-28', '2028-02-29', '2026-04-30', '2026-12-31', '2027-01-01'].map(daysOf), [28, 29, 30, 31, 31])
  assert.equal(spanAt('month', Date.parse('2026-12-31T23:59:59.999Z')).endsAt, Date.parse('2027-01-01T00:00:00Z'))
})

test('an unknown time zone is refused when the calendar is made', () => {
  assert.throws(() => createCalendar('Europe/Atlantis'), RangeError)
})

test('a used-up window refuses until it resets, and of several the one that resets last decides', () => {
  const windows = KINDS.map((kind) => addToWindow(unopened(kind), FIRST_USE, T0, 10n))
  const at = T0 + HOUR_MS
  assert.deepEqual(eligibilityOf(windows, { day: 11n, week: 11n, month: 11n }, FIRST_USE, at), { allowed: true })
  assert.deepEqual(eligibilityOf(windows, { day: 10n, week: 10n, month: 11n }, FIRST_USE, at), {
    allowed: false,
    kind: 'week',
    resetsAt: T0 + 7 * DAY_MS
  })
  assert.deepEqual(eligibilityOf(windows, { day: 10n }, FIRST_USE, T0 + DAY_MS), { allowed: true })
})

test('what remains is the smallest remainder, nothing when a window is used up, and null without limits', () => {
  const windows = KINDS.map((kind) => addToWindow(unopened(kind), FIRST_USE, T0, 10n))
  assert.equal(remainingNano(windows, { day: 25n, week: 13n, month: null }, FIRST_USE, T0), 3n)
  assert.equal(remainingNano(windows, { day: 25n, week: 4n }, FIRST_USE, T0), 0n)
  assert.equal(remainingNano(windows, { day: null }, FIRST_USE, T0), null)
  assert.equal(remainingNano(windows, {}, FIRST_USE, T0), null)
})

test('a change from first use to calendar windows keeps what was used today', () => {
  const window = addToWindow(unopened('day'), FIRST_USE, T0, 10n)
  const utc = calendarOf('UTC')
  assert.equal(windowAt(window, utc, T0 + HOUR_MS).usedNano, 10n)
  assert.equal(addToWindow(window, utc, T0 + HOUR_MS, 1n).usedNano, 11n)
  assert.equal(windowAt(window, utc, T0 + DAY_MS).usedNano, 0n)
})

// One of each is kept, as the server does; the edges of the years around make the instants below near clock changes likely.
const POLICIES = [FIRST_USE, ...['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map(calendarOf)]
const policy = fc.constantFrom(...POLICIES)
const kind = fc.constantFrom(...KINDS)
const EDGES = [
  '2026-03-29T01:00Z',
  '2026-10-25T01:00Z',
  '2026-11-01T06:00Z',
  '2026-10-03T15:30Z',
  '2027-01-01T00:00Z',
  '2028-02-29T00:00Z'
]
const instant = fc
  .tuple(fc.constantFrom(...EDGES.map((edge) => Date.parse(edge))), fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS }))
  .map(([edge, offset]) => edge + offset)
const events = fc.array(fc.record({ at: instant, costNano: fc.bigInt({ min: 0n, max: 1000n }) }), { maxLength: 40 })

test('every instant lies in its span, and spans follow one another without a gap', () => {
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Pacific/Apia')
  const calendars = new Map<string, ReturnType<typeof createCalendar>>()
  fc.assert(
    fc.property(zone, kind, instant, (zone, kind, at) => {
      const calendar = calendars.get(zone) ?? createCalendar(zone)
      calendars.set(zone, calendar)
      const { startsAt, endsAt } = calendar.spanAt(kind, at)
      assert.ok(startsAt <= at && at < endsAt)
      assert.equal(calendar.spanAt(kind, endsAt).startsAt, endsAt)
      assert.equal(calendar.spanAt(kind, startsAt - 1).endsAt, startsAt)
      assert.deepEqual(calendar.spanAt(kind, startsAt), { startsAt, endsAt })
    }),
    times(60)
  )
})

test('in whatever order events arrive, the window holds the sum of those that lie in it', () => {
  fc.assert(
    fc.property(policy, kind, events, (policy, kind, events) => {
      let window = unopened(kind)
      for (const [index, event] of events.entries()) {
        window = addToWindow(window, policy, event.at, event.costNano)
        const { startsAt, endsAt, usedNano } = windowAt(window, policy, window.startedAt ?? event.at)
        assert.ok(startsAt !== null && endsAt !== null)
        const inside = events.slice(0, index + 1).filter(({ at }) => at >= startsAt && at < endsAt)
        assert.equal(
          usedNano,
          inside.reduce((sum, { costNano }) => sum + costNano, 0n)
        )
      }
    }),
    times(60)
  )
})

test('enforcement and display always agree: refused exactly when nothing remains, until the shown reset', () => {
  const limit = fc.option(fc.bigInt({ min: 1n, max: 3000n }))
  const limits = fc.record({ day: limit, week: limit, month: limit })
  fc.assert(
    fc.property(policy, events, limits, instant, (policy, events, limits, at) => {
      const sorted = events.toSorted((a, b) => a.at - b.at)
      const windows = KINDS.map((kind) =>
        sorted.reduce((window, event) => addToWindow(window, policy, event.at, event.costNano), unopened(kind))
      )
      const eligibility = eligibilityOf(windows, limits, policy, at)
      assert.equal(!eligibility.allowed, remainingNano(windows, limits, policy, at) === 0n)
      if (eligibility.allowed) return
      const shown = windows.map((window) => windowAt(window, policy, at)).find(({ kind }) => kind === eligibility.kind)
      assert.equal(shown?.endsAt, eligibility.resetsAt)
      assert.equal(eligibilityOf(windows, limits, policy, eligibility.resetsAt).allowed, true)
    }),
    times(60)
  )
})
