import type { Queryable } from './queryable.ts'

export interface AuditEntry {
  /** Epoch milliseconds. */
  at: number
  /** `admin`, or `sluice` for what the gateway does by itself. */
  actor: string
  /** Such as `account.cooldown`. */
  action: string
  /** What was changed, such as `account main`. */
  subject: string
  /** From what to what. No secret may be in it. */
  detail: Record<string, unknown>
  exchangeId: string | null
}

export async function appendAudit(db: Queryable, entry: AuditEntry): Promise<void> {
  const { at, actor, action, subject, detail, exchangeId } = entry
  await db.query('insert into audit_log (at, actor, action, subject, detail, exchange_id) values ($1, $2, $3, $4, $5, $6)', [
    new Date(at),
    actor,
    action,
    subject,
    detail,
    exchangeId
  ])
}
