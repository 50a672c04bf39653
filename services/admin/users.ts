import { formatUsd, parseUsd } from '../prices/money.ts'
import { createUser, deleteUser, findUser, findUserId, updateUser, type UserRecord, type UserValues } from '../records/users.ts'
import type { Queryable } from '../records/queryable.ts'
import type { Versioned } from '../records/versioned.ts'
import { wantedUser } from '../set-up/apply-states.ts'
import type { DesiredUser } from '../set-up/declarative-schema.ts'
import { changeRow, createRow, fieldRefused, removeRow, type OperatorContext } from './operator-changes.ts'

export type OperatedUser = Versioned<UserRecord>

/** A user as the admin API shows it. */
export const reportOfUser = (user: OperatedUser) => ({
  id: user.id,
  email: user.email,
  role: user.role,
  status: user.status,
  concurrency: user.concurrency,
  balance_usd: formatUsd(user.balanceNano),
  version: user.version
})

const USER = { kind: 'user', find: findUser, report: reportOfUser, nameOf: (user: OperatedUser) => user.email }

/** Rejects with 409 when there is a user with that e-mail address. */
export async function addUser(
  context: OperatorContext,
  desired: Omit<DesiredUser, 'keys' | 'subscriptions'>
): Promise<OperatedUser> {
  const email = desired.email.toLowerCase()
  const openingBalanceNano = parseUsd(desired.balance_usd ?? '0')
  return await createRow(context, {
    ...USER,
    duplicate: `there is a user ${email} already`,
    create: async (db) => (await createUser(db, { ...wantedUser({ ...desired, email }, undefined), openingBalanceNano })).id
  })
}

export async function changeUser(
  context: OperatorContext,
  { id, ifMatch, changes }: { id: string; ifMatch: string | undefined; changes: Partial<UserValues> }
): Promise<OperatedUser> {
  return await changeRow(context, {
    ...USER,
    id,
    ifMatch,
    action: 'changed',
    change: async (db) => Object.keys(changes).length > 0 && (await updateUser(db, id, changes))
  })
}

/** Rejects with 404 and 412, 409 for a user who has keys, subscriptions, accounts or entries in the ledger: those stay. */
export async function removeUser(context: OperatorContext, target: { id: string; ifMatch: string | undefined }): Promise<void> {
  await removeRow(context, {
    ...USER,
    ...target,
    remove: (db) => deleteUser(db, target.id),
    isUsed: (email) => `user ${email} has keys, subscriptions, accounts or ledger entries, which stay: disable them instead`
  })
}

/** The id of the user that a request names. Rejects with 400. */
export async function namedUserId(db: Queryable, email: string): Promise<string> {
  const id = await findUserId(db, email)
  if (id === null) throw fieldRefused('user', `there is no user ${email}`)
  return id
}
