import { scalarArray, textArray } from '../../platform/database/array-literals.ts'
import type { createConditions } from '../../platform/database/pages.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'

/** A value, or several of which any will do. */
export type OneOrSeveral<T extends string = string> = T | readonly T[]

/** Whose usage is asked for, by their names; what is undefined is not asked about. */
export interface UsageNames {
  userEmail?: OneOrSeveral | undefined
  keyName?: OneOrSeveral | undefined
  groupName?: OneOrSeveral | undefined
  accountName?: OneOrSeveral | undefined
  teamName?: OneOrSeveral | undefined
}

export interface NamedIds {
  userIds: string[] | undefined
  keyIds: string[] | undefined
  groupIds: string[] | undefined
  accountIds: string[] | undefined
  teamIds: string[] | undefined
}

export const listOf = <T extends string>(given: OneOrSeveral<T>): readonly T[] => (typeof given === 'string' ? [given] : given)

export const optionalList = <T extends string>(given: OneOrSeveral<T> | undefined) =>
  given === undefined ? undefined : listOf(given)

/**
 * The ids of all that have one of the names. Looked up beforehand: how much somebody used decides how their usage is best found, and
 * the planner knows that of an id.
 */
export async function idsOfNames(
  db: Queryable,
  { userEmail, keyName, groupName, accountName, teamName }: UsageNames
): Promise<NamedIds> {
  const asked = [userEmail, keyName, groupName, accountName, teamName]
  const ids = [undefined, undefined, undefined, undefined, undefined] as (string[] | undefined)[]
  if (asked.some((names) => names !== undefined)) {
    const [emails, ...names] = asked.map((given) => (given === undefined ? [] : listOf(given)))
    const result = await db.query<Record<'users' | 'keys' | 'groups' | 'accounts' | 'teams', string[]>>(
      `select array(select id from users where email = any ($1) order by id) as users,
         array(select id from api_keys where name = any ($2) order by id) as keys,
         array(select id from groups where name = any ($3) order by id) as groups,
         array(select id from accounts where name = any ($4) order by id) as accounts,
         array(select id from teams where name = any ($5) union select id from removed_teams where name = any ($5) order by id) as teams`,
      [textArray((emails ?? []).map((email) => email.toLowerCase())), ...names.map(textArray)]
    )
    const found = onlyRow(result)
    const all = [found.users, found.keys, found.groups, found.accounts, found.teams]
    for (const [n, given] of asked.entries()) if (given !== undefined) ids[n] = all[n]
  }
  const [userIds, keyIds, groupIds, accountIds, teamIds] = ids
  return { userIds, keyIds, groupIds, accountIds, teamIds }
}

type Conditions = ReturnType<typeof createConditions>

/** Adds that `column` is one of `values`, unless there are none to filter by. One of them is as good as named by itself. */
export function addOneOf(
  { add }: Conditions,
  column: string,
  values: readonly string[] | undefined,
  type: 'bigint' | 'text'
): void {
  if (values?.length === 1) return add(values[0], (value) => `${column} = ${value}`)
  const array = values === undefined ? undefined : type === 'bigint' ? scalarArray(values) : textArray(values)
  add(array, (value) => `${column} = any (${value}::${type}[])`)
}
