import { fieldRefused } from '../admin/operator-changes.ts'
import type { GroupRecord } from '../records/groups.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { isFields, mappingProblems, type FieldProblem } from '../problems.ts'
import type { Resource } from '../resource.ts'
import { groups } from './definition.ts'
import { managedSettingsProblems } from './managed-settings.ts'

const QUOTA_LIMITS = ['daily_limit_usd', 'weekly_limit_usd', 'monthly_limit_usd']

/** Groups decide what keys may use, and at what price. */
export const groupResource: Resource<typeof groups> = {
  definition: groups,
  problems({ path, value }) {
    const { time_zone: zone, managed_settings: managed } = value
    const problems: FieldProblem[] = mappingProblems({ path, value })
    if (typeof zone === 'string' && !isTimeZone(zone))
      problems.push({ path: [...path, 'time_zone'], text: 'must be a time zone such as Europe/Berlin' })
    if (isFields(managed)) problems.push(...managedSettingsProblems(managed, [...path, 'managed_settings']))
    // A limit that nothing enforces would be mistaken for one that applies.
    const limits = value['kind'] === 'balance' ? QUOTA_LIMITS.filter((field) => (value[field] ?? null) !== null) : []
    return [
      ...problems,
      ...limits.map((field) => ({ path: [...path, field], text: 'is for groups of kind subscription only', isName: true }))
    ]
  },
  together: ['kind', ...QUOTA_LIMITS],
  isUsed: (name) => `group ${name} has keys, subscriptions or codes, also revoked ones: disable it instead`
}

export function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The group that a request names. Rejects with 400. */
export async function namedGroup(db: Queryable, name: string): Promise<Pick<GroupRecord, 'id' | 'kind'>> {
  const { rows } = await db.query<Pick<GroupRecord, 'id' | 'kind'>>('select id, kind from groups where name = $1', [name])
  if (rows[0] === undefined) throw fieldRefused('group', `there is no group ${name}`)
  return rows[0]
}
