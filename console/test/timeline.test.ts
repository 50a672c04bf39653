import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ticksOf, timelineOf } from '../pages/requests/timeline.ts'

const WORDS = { waits: { granted: 'granted' }, results: { answered: 'answered', refused: 'refused' } }
const at = (ms: number) => new Date(Date.UTC(2026, 10, 22) + ms).toISOString()

describe('the timeline of an exchange', () => {
  it('is to scale, a wait ending when it was noted', () => {
    const { totalMs, stretches, moments } = timelineOf(
      {
        created_at: at(0),
        ended_at: at(4000),
        waits: [{ at: at(500), for: 'user', ms: 400, outcome: 'granted' }],
        choices: [{ at: at(510) }],
        attempts: [
          { attempt: 1, account: 'main', started_at: at(520), duration_ms: 80, result: 'refused', status: 529 },
          { attempt: 2, started_at: at(700), duration_ms: 3300, result: 'answered', status: 200 }
        ],
        usage: [
          { created_at: at(520), first_byte_ms: null },
          { created_at: at(700), first_byte_ms: 200 }
        ]
      },
      WORDS
    )
    assert.equal(totalMs, 4000)
    assert.deepEqual(
      stretches.map(({ label, end, from, to }) => [label, end, from, to]),
      [
        ['waits for a slot', 'granted', 100, 500],
        ['attempt 1: main', 'refused, 529', 520, 600],
        ['attempt 2', 'answered, 200', 700, 4000]
      ]
    )
    assert.deepEqual(moments, [
      { label: 'account is chosen', at: 510 },
      { label: 'first byte', at: 900 }
    ])
  })

  it('holds all of it where a clock was set back, or nothing took any time', () => {
    const { totalMs, stretches } = timelineOf(
      {
        created_at: at(1000),
        ended_at: at(0),
        waits: [{ at: at(500), for: 'account', ms: 700, outcome: 'granted' }],
        choices: [],
        attempts: [{ attempt: 1, started_at: at(900), duration_ms: 50, result: 'answered', status: null }],
        usage: []
      },
      WORDS
    )
    assert.equal(totalMs, 50)
    for (const { from, to } of stretches) assert.ok(from >= 0 && from <= to && to <= totalMs)
  })

  it('has few, round marks', () => {
    assert.deepEqual(ticksOf(1), [0, 1])
    assert.deepEqual(ticksOf(4000), [0, 1000, 2000, 3000, 4000])
    assert.deepEqual(ticksOf(61_000), [0, 20_000, 40_000, 60_000])
    for (let ms = 1; ms < 10_000_000; ms = Math.ceil(ms * 1.7)) {
      const { length } = ticksOf(ms)
      assert.ok(length >= 2 && length <= 6, `${ms}: ${length}`)
    }
  })
})
