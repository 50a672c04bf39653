import type { Resource } from '../resource.ts'
import { deleteRow } from '../rows.ts'
import { windowReports, type StoredWindows } from '../window-reports.ts'
import { workloadRules } from './definition.ts'
import { workloadRuleProblems } from './problems.ts'
import { endKeyOf, keepKeyOf } from './rule-keys.ts'

/** Rules that decide which jobs may exchange their tokens, and what they may then do. */
export const workloadRuleResource: Resource<typeof workloadRules> = {
  definition: workloadRules,
  problems: workloadRuleProblems,
  together: ['issuer', 'conditions'],
  hostsOf({ issuer }) {
    const url = typeof issuer === 'string' ? URL.parse(issuer) : null
    return url === null ? [] : [{ field: 'issuer', host: url.hostname }]
  },
  inserted: keepKeyOf,
  updated: keepKeyOf,
  toResponse: (row, now) => ({ ...row, spending: windowReports(row['spending'] as StoredWindows, now) }),
  async remove(db, { id }) {
    await endKeyOf(db, id)
    await deleteRow(db, workloadRules, id)
  }
}
