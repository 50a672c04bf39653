import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instantsText, isoOf, overlap, rangeOf } from '../pages/usage/ranges.ts'
import { beginOf, endOf, formatStart, isOffHours, isZone, plainStart, startsWithin } from '../pages/usage/zones.ts'

const at = Date.parse
const NOW = at('2026-11-29T20:10:00Z')

function textOf(text: string, zone: string, now = NOW) {
  const range = rangeOf(text, zone, now)
  return range === null ? null : [range.from, range.to].map((end) => (end === undefined ? null : isoOf(end)))
}

describe('ranges', () => {
  it('are days of the zone, whose day it may already be tomorrow', () => {
    assert.deepEqual(textOf('today', 'UTC'), ['2026-11-29T00:00:00Z', '2026-11-30T00:00:00Z'])
    assert.deepEqual(textOf('today', 'Asia/Tokyo'), ['2026-11-29T15:00:00Z', '2026-11-30T15:00:00Z'])
    assert.deepEqual(textOf('yesterday', 'America/New_York'), ['2026-11-28T05:00:00Z', '2026-11-29T05:00:00Z'])
    assert.deepEqual(textOf('7d', 'UTC'), ['2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'])
    assert.deepEqual(textOf('month', 'UTC'), ['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'])
    assert.deepEqual(textOf('last-month', 'UTC', at('2027-01-31T12:00:00Z')), ['2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'])
    assert.deepEqual(textOf('24h', 'UTC'), ['2026-11-28T21:00:00Z', '2026-11-29T21:00:00Z'])
    assert.deepEqual(textOf('all', 'UTC'), [null, null])
  })

  it('have a day of 25 hours where clocks are set back', () => {
    assert.deepEqual(textOf('2026-10-25..2026-10-25', 'Europe/Berlin'), ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'])
  })

  it('begin with a full hour of UTC where a zone has half hours', () => {
    assert.deepEqual(textOf('2026-11-22..2026-11-23', 'Asia/Kolkata'), ['2026-11-21T18:00:00Z', '2026-11-23T18:00:00Z'])
    assert.deepEqual(textOf('2026-11-22..2026-11-22', 'Asia/Kathmandu'), ['2026-11-21T18:00:00Z', '2026-11-22T18:00:00Z'])
    const midnight = at('2026-11-28T18:30:00Z')
    const { from, to } = rangeOf('today', 'Asia/Kolkata', midnight + 1)!
    assert.ok(from! <= midnight && midnight < to!, 'a day that has just begun has what was used in it')
    assert.equal(isOffHours('Asia/Kolkata', NOW), true)
    assert.equal(isOffHours('Asia/Tokyo', NOW), false)
  })

  it('are none where they end before they begin, or are nonsense', () => {
    for (const text of ['2026-11-23..2026-11-22', '2026-02-30..2026-03-01', 'x', '..', 'a..b', '2026-11-22..', 'constructor']) {
      assert.equal(rangeOf(text, 'UTC', NOW), null, text)
    }
  })

  it('are read again as they were written', () => {
    const [from, to] = [at('2026-11-22T14:00:00Z'), at('2026-11-22T15:00:00Z')]
    assert.deepEqual(rangeOf(instantsText(from, to), 'Asia/Kolkata', NOW), { from, to })
  })

  it('overlap or not', () => {
    const [a, b] = [
      { from: 10, to: 20 },
      { from: 15, to: 30 }
    ]
    assert.deepEqual(overlap(a, b), { from: 15, to: 20 })
    assert.deepEqual(overlap({}, b), b)
    assert.equal(overlap(a, { from: 20, to: 30 }), null)
  })
})

describe('zones', () => {
  it('are known or not', () => {
    assert.equal(isZone('Asia/Kolkata'), true)
    assert.equal(isZone('Asia/Nowhere'), false)
    assert.equal(isZone(''), false)
  })

  it('have days that follow each other without a gap, and each hour in one of them', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns']) {
      const [from, to] = [at('2026-03-05T00:00:00Z'), at('2026-04-08T00:00:00Z')]
      const days = startsWithin('day', zone, from, to, 1000)!
      for (const [index, day] of days.entries()) {
        assert.equal(beginOf('day', zone, day), day)
        assert.equal(endOf('day', zone, day), days[index + 1] ?? endOf('day', zone, day))
        assert.equal(day % 3_600_000, 0)
      }
      for (let hour = from; hour < to; hour += 3_600_000) assert.ok(days.includes(beginOf('day', zone, hour)), zone)
    }
    assert.equal(startsWithin('hour', 'UTC', 0, 11 * 3_600_000, 10), null)
  })

  it('are written by their own clocks', () => {
    const hour = at('2026-11-22T19:00:00Z')
    assert.equal(formatStart('hour', 'Asia/Kolkata', hour), '23 Nov, 00:30')
    assert.equal(formatStart('day', 'UTC', hour), '22 Nov')
    assert.equal(plainStart('hour', 'Asia/Kolkata', hour), '2026-11-23 00:30')
    assert.equal(plainStart('day', 'Asia/Kolkata', hour), '2026-11-23')
  })
})
