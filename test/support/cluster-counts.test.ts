import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { closestToLimit, overLimit, type Flight, type Limits } from './cluster-counts.ts'
import type { ClusterAnswer } from './cluster-load.ts'
import { overtakings } from './cluster-verdicts.ts'

const limits: Limits = { user: new Map([['ann', 2]]), account: new Map([['main', 3]]) }

await suite('what is judged of flights', async () => {
  test('one that starts as another ends is within the limit, one more is not', () => {
    const flights = [flight('a', 0, 10), flight('b', 0, 20), flight('c', 10, 30)]
    assert.deepEqual(overLimit(flights, limits), [])
    assert.equal(closestToLimit(flights, limits, 'user'), 0)
    assert.equal(closestToLimit(flights, limits, 'account'), -1)
    const more = [...flights, flight('d', 15, Infinity)]
    assert.deepEqual(overLimit(more, limits), ['d is the 3th of user ann (limit 2 + 0)'])
    assert.deepEqual(
      overLimit(more, limits, undefined, () => 1),
      []
    )
    assert.deepEqual(overLimit(more, limits, { from: 16, to: 100 }), [])
  })

  test('who came clearly later and went clearly sooner has overtaken', () => {
    const early = answer('early', 0)
    const late = answer('late', 5000)
    assert.deepEqual(overtakings([early, late], [flight('early', 6000, 7000), flight('late', 6100, 7000)]), [])
    assert.deepEqual(overtakings([early, late], [flight('early', 6000, 7000), flight('late', 5100, 7000)]), [
      'late of ann went before early, which was there first'
    ])
    assert.deepEqual(
      overtakings([early, answer('late', 5000, 'bob')], [flight('early', 9000, 9900), flight('late', 5100, 7000)]),
      []
    )
  })
})

function flight(request: string, startedAt: number, endedAt: number): Flight {
  return { request, user: 'ann', account: 'main', startedAt, endedAt }
}

function answer(model: string, sentAt: number, user = 'ann'): ClusterAnswer {
  const seen = { model, user, sentAt, endedAt: sentAt + 1, begun: true, whole: true }
  return { ...seen, status: 200, headers: null, outcome: 'whole', detail: '' }
}
