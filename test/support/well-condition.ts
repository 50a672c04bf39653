import type { Condition } from '../../services/operations/metrics/condition.ts'

/** Of a process that lacks nothing. */
export const WELL: Condition = {
  phase: 'running',
  database: 'ok',
  slots: 'shared',
  replicas: 2,
  backOffice: { state: 'ok', ageMs: 10 },
  journal: { bytes: 500, oldestAgeMs: null, accepting: true }
}
