import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { closestToLimit, overLimit, type Flight, type Limits } from './cluster-counts.ts'
import type { ClusterResponse } from './cluster-load.ts'
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
    const early = response('early', 0)
    const late = response('late', 5000)
    const orderOf = (startedAt: number, replicas: Record<string, number>, later = late) =>
      overtakings([early, later], [flight('early', 6000, 7000), flight('late', startedAt, 7000)], (model) => replicas[model])
        .length
    const same = { early: 0, late: 0 }
    assert.equal(orderOf(6100, same), 0)
    assert.equal(orderOf(5100, same), 1)
    assert.equal(orderOf(5100, { early: 0, late: 1 }), 1)
    // At another replica it may have come in sooner.
    assert.equal(orderOf(3100, { early: 0, late: 1 }, response('late', 3000)), 0)
    assert.equal(orderOf(5100, same, response('late', 5000, 'bob')), 0)
  })
})

function flight(request: string, startedAt: number, endedAt: number): Flight {
  return { request, user: 'ann', account: 'main', startedAt, endedAt }
}

function response(model: string, sentAt: number, user = 'ann'): ClusterResponse {
  const seen = { model, user, sentAt, endedAt: sentAt + 1, begun: true, whole: true }
  return { ...seen, status: 200, headers: null, outcome: 'whole', detail: '' }
}
