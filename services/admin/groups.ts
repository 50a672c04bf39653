import { formatUsd } from '../prices/money.ts'
import { createGroup, deleteGroup, findGroup, findGroupByName, updateGroup, type GroupRecord } from '../records/groups.ts'
import type { Queryable } from '../records/queryable.ts'
import type { Versioned } from '../records/versioned.ts'
import { wantedGroup } from '../set-up/apply-states.ts'
import type { DesiredGroup } from '../set-up/declarative-schema.ts'
import { changeRow, createRow, fieldRefused, removeRow, type OperatorContext } from './operator-changes.ts'
import { checkAsDeclared } from './request-checks.ts'

export type OperatedGroup = Versioned<GroupRecord>

/** Null takes a limit or the list of models away. */
export type GroupChanges = { [Field in keyof DesiredGroup]?: DesiredGroup[Field] | null }

const CONTRADICTING = /^kind$|_limit_usd$/

const usdOrNull = (nano: bigint | null) => (nano === null ? null : formatUsd(nano))

/** A group in the terms of a declarative file. */
const declaredForm = (group: GroupRecord) => ({
  name: group.name,
  kind: group.kind,
  status: group.status,
  rate_multiplier: group.rateMultiplier,
  daily_limit_usd: usdOrNull(group.limits.day),
  weekly_limit_usd: usdOrNull(group.limits.week),
  monthly_limit_usd: usdOrNull(group.limits.month),
  window_anchor: group.windowAnchor,
  time_zone: group.timeZone,
  allowed_models: group.allowedModels,
  model_mapping: group.modelMapping
})

/** A group as the admin API shows it. */
export const reportOfGroup = (group: OperatedGroup) => ({ id: group.id, ...declaredForm(group), version: group.version })

const GROUP = { kind: 'group', find: findGroup, report: reportOfGroup, nameOf: (group: OperatedGroup) => group.name }

const duplicateOf = (name: string | undefined) => `there is a group ${name} already`

/** Rejects with 400 for values that no group can have, 409 when there is a group of that name. */
export async function addGroup(context: OperatorContext, desired: DesiredGroup): Promise<OperatedGroup> {
  checkAsDeclared({ group: desired })
  return await createRow(context, {
    ...GROUP,
    duplicate: duplicateOf(desired.name),
    create: async (db) => (await createGroup(db, wantedGroup(desired, undefined))).id
  })
}

export async function changeGroup(
  context: OperatorContext,
  { id, ifMatch, changes }: { id: string; ifMatch: string | undefined; changes: GroupChanges }
): Promise<OperatedGroup> {
  checkAsDeclared({ group: changes })
  return await changeRow(context, {
    ...GROUP,
    id,
    ifMatch,
    action: 'changed',
    duplicate: duplicateOf(changes.name ?? undefined),
    change: async (db, before) => {
      if (Object.keys(changes).length === 0) return
      const wanted = withoutNulls({ ...declaredForm(before), ...changes }) as DesiredGroup
      // What is right by itself may contradict what is there; what contradicts already is not in the way of other changes.
      if (Object.keys(changes).some((field) => CONTRADICTING.test(field))) checkAsDeclared({ group: wanted })
      await updateGroup(db, id, wantedGroup(wanted, before))
    }
  })
}

/** A field that a declarative file leaves out has no value, or its default. */
const withoutNulls = (fields: object) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

/** What was used in it stays on record, without its name. Rejects with 404 and 412, 409 while keys, subscriptions or codes are in it. */
export async function removeGroup(
  context: OperatorContext,
  target: { id: string; ifMatch: string | undefined }
): Promise<void> {
  await removeRow(context, {
    ...GROUP,
    ...target,
    remove: (db) => deleteGroup(db, target.id),
    isUsed: (name) => `group ${name} has keys, subscriptions or codes, also revoked ones: disable it instead`
  })
}

/** The group that a request names. Rejects with 400. */
export async function namedGroup(db: Queryable, name: string): Promise<GroupRecord> {
  const group = await findGroupByName(db, name)
  if (group === null) throw fieldRefused('group', `there is no group ${name}`)
  return group
}
