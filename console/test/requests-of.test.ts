import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memberOf, timeOf } from '../pages/usage/members.ts'
import type { SummaryRow } from '../pages/usage/measures.ts'
import { requestsOf } from '../pages/usage/requests-of.ts'

const NOW = Date.parse('2026-11-29T20:10:00Z')
const ROW = { user_id: '1', user_email: 'ann@example.com', model: 'opus' } as SummaryRow
const ANN = memberOf('user', ROW, 'UTC')
const SEARCH = { range: '24h', zone: 'UTC', user: ['ann@example.com', 'bob@example.com'], model: ['opus'] }

describe('the requests of a number', () => {
  it('are those of its row, its column and the filters', () => {
    assert.deepEqual(requestsOf({ search: SEARCH, measure: 'charged', now: NOW })([ANN]), {
      range: '24h',
      zone: 'UTC',
      user: ['ann@example.com'],
      model: ['opus']
    })
    assert.deepEqual(requestsOf({ search: SEARCH, measure: 'charged', now: NOW })([]), SEARCH)
  })

  it('are within the time that is looked at, also of a day that began before', () => {
    const day = timeOf('day', Date.parse('2026-11-28T00:00:00Z'), 'UTC')
    assert.equal(
      requestsOf({ search: SEARCH, measure: 'charged', now: NOW })([ANN, day])?.range,
      '2026-11-28T21:00:00Z..2026-11-29T00:00:00Z'
    )
  })

  it('are those that failed where errors are counted', () => {
    assert.deepEqual(requestsOf({ search: SEARCH, measure: 'errors', now: NOW })([])?.outcome, [
      'upstream_error',
      'upstream_cut',
      'interrupted'
    ])
  })

  it('cannot be told of what was deleted', () => {
    const deleted = memberOf('user', { ...ROW, user_email: null }, 'UTC')
    assert.equal(requestsOf({ search: SEARCH, measure: 'charged', now: NOW })([deleted]), null)
  })
})
