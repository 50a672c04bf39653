import { unknownId, type Operator } from '../admin/operator-changes.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { appendAudit } from '../records/audit-log.ts'
import type { UserPerson } from '../records/sign-in-sessions.ts'
import { endRow, type Target } from '../operate.ts'
import type { Resource } from '../resource.ts'
import { findRow, type Row } from '../rows.ts'
import { signIns, type SignInRow } from './definition.ts'

/** Tools on machines that somebody has approved to act as them. */
export const signInResource: Resource<typeof signIns> = { definition: signIns }

/** Ends one for good, with all its tokens. Does nothing if it has ended. Rejects with 404 and 412. */
export const endSignIn = (context: Operator, target: Target): Promise<Row> =>
  endRow(context, signInResource, target, { action: 'revoked', column: 'revoked_at' })

/** Rejects with 404 for sign-ins that do not exist or belong to somebody else. */
export async function findOwnSignIn(db: Queryable, { email }: UserPerson, id: string): Promise<Row & SignInRow> {
  const found = await findRow(db, signIns, id)
  if (found === null || found.user_email !== email) throw unknownId('sign-in', id)
  return found
}

/** Records that one is used from two networks at once, as seen from a client's request. */
export async function recordFarApart(
  { db, clock }: { db: Queryable; clock: Pick<Clock, 'now'> },
  signIn: { id: string; email: string; key: string },
  { addresses, exchangeId }: { addresses: readonly string[]; exchangeId: string }
): Promise<void> {
  await appendAudit(db, {
    at: clock.now(),
    actor: 'sluice',
    action: 'sign-in.far_apart',
    subject: `sign-in ${signIn.email}/${signIn.id}`,
    detail: { addresses, key: signIn.key },
    exchangeId
  })
}
