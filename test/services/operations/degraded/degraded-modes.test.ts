import assert from 'node:assert/strict'
import { test } from 'node:test'
import { degradedModesOf, meanwhile, worseFacts } from '../../../../services/operations/degraded/degraded-modes.ts'
import type { Condition } from '../../../../services/operations/metrics/condition.ts'
import { DEGRADED_MODES } from '../../../../services/resources/records/degraded-modes.ts'
import { WELL } from '../../../support/well-condition.ts'

const modesOf = (changes: Partial<Condition>) => [...degradedModesOf({ ...WELL, ...changes }).keys()]

test('what a process serves without', () => {
  assert.deepEqual(modesOf({}), [])
  assert.deepEqual(modesOf({ slots: 'in-process' }), [])
  assert.deepEqual(modesOf({ slots: 'local' }), ['redis_away'])
  assert.deepEqual(modesOf({ slots: 'rejoining' }), ['redis_away'])
  assert.deepEqual(modesOf({ backOffice: { state: 'stalled', ageMs: 20_000 } }), ['back_office_stalled'])
  assert.deepEqual(modesOf({ journal: { bytes: 1, oldestAgeMs: 5, accepting: false } }), ['journal_refusing'])
  const stuck = { bytes: 1, oldestAgeMs: 120_001, accepting: true }
  assert.deepEqual(modesOf({ journal: stuck }), ['usage_unsettled'])
  assert.deepEqual(modesOf({ journal: stuck, database: 'away' }), ['postgres_away'], 'that is why')
  assert.deepEqual(modesOf({ journal: { ...stuck, accepting: false }, database: 'away', slots: 'local' }), [
    'redis_away',
    'postgres_away',
    'journal_refusing'
  ])
})

test('what it was like is told at its worst, and what was done meanwhile in words', () => {
  assert.deepEqual(worseFacts({ replicas: 2, journalBytes: 10 }, { journalBytes: 5, oldestAgeMs: 7 }), {
    replicas: 2,
    journalBytes: 10,
    oldestAgeMs: 7
  })
  assert.match(meanwhile('redis_away', { replicas: 2 }), /counted slots by itself, at its share of each limit among 2 replicas/)
  assert.match(meanwhile('redis_away', { replicas: 1 }), /counted slots by itself;/)
  for (const mode of DEGRADED_MODES) assert.match(meanwhile(mode, {}), /^[a-z]/)
})
