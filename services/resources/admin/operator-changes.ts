import type { Clock } from '../../platform/clock.ts'
import type { HostRules } from '../../platform/network/host-rules.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { appendAudit, type AuditOrigin } from '../records/audit-log.ts'
import { lockGroups } from '../records/groups.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import type { Versioned } from '../../platform/database/versioned.ts'

/** Who makes a change, and where it is recorded. */
export interface Operator {
  pool: Connectable
  clock: Clock
  /** Who is recorded as the actor: `admin` with the token, else somebody's e-mail address. */
  actor: string
  origin: AuditOrigin
}

/** What else changing rows needs. */
export interface OperatorContext extends Operator {
  /** Seals secrets. */
  secretBox: SecretBox
  /** The rules for hosts of upstreams and proxies. */
  hosts: HostRules
}

interface RowChange<Row extends Versioned<object>> {
  /** The kind of row, such as `user`; audit actions begin with it. */
  kind: string
  id: string
  /** The If-Match header. */
  ifMatch: string | undefined
  find: (db: Queryable, id: string) => Promise<Row | null>
  /** Makes the change, or does nothing if there is nothing to do; throws the GatewayError that refuses it. */
  change: (db: Queryable, before: Row) => Promise<unknown>
  /** The part of the row that may be shown. */
  report: (row: Row) => Record<string, unknown>
  /** What was done, such as `changed`. */
  action: string
  /** Names the row in the audit log. */
  nameOf: (row: Row) => string
  /** The message when the change would create a duplicate. */
  duplicate?: string
  /** The secrets that the change replaces. */
  secrets?: readonly string[]
}

/**
 * Changes one row and records the change, in one transaction. Rejects with 404 when there is no such row, 412 when it is not at a
 * version that If-Match names, 409 for a duplicate.
 */
export async function changeRow<Row extends Versioned<object>>(
  context: Operator,
  { kind, id, ifMatch, find, change, report, action, nameOf, duplicate = '', secrets = [] }: RowChange<Row>
): Promise<Row> {
  return await asOperator(context, duplicate, async (db) => {
    const before = await find(db, id)
    if (before === null) throw unknownId(kind, id)
    checkVersion(`${kind} ${nameOf(before)}`, before.version, ifMatch)
    await change(db, before)
    const after = await find(db, id)
    if (after === null) throw new Error(`${kind} ${id} is gone although nothing deletes it`)
    if (after.version !== before.version) {
      const detail = differences(report(before), report(after), secrets)
      await record(db, context, `${kind}.${action}`, `${kind} ${nameOf(after)}`, detail)
    }
    return after
  })
}

interface RowCreation<Row extends Versioned<object>> extends Pick<RowChange<Row>, 'kind' | 'find' | 'report' | 'nameOf'> {
  /** Returns the new row's id. */
  create: (db: Queryable) => Promise<string>
  duplicate: string
}

/** Creates one row and records that, in one transaction. Rejects with 409 for a duplicate. */
export async function createRow<Row extends Versioned<object>>(
  context: Operator,
  { kind, find, report, nameOf, create, duplicate }: RowCreation<Row>
): Promise<Row> {
  return await asOperator(context, duplicate, async (db) => {
    const row = await find(db, await create(db))
    if (row === null) throw new Error(`the new ${kind} is gone although nothing deletes it`)
    await record(db, context, `${kind}.created`, `${kind} ${nameOf(row)}`, { after: report(row) })
    return row
  })
}

interface RowRemoval<Row extends Versioned<object>> extends Pick<
  RowChange<Row>,
  'kind' | 'id' | 'ifMatch' | 'find' | 'nameOf'
> {
  /** Removes the row; throws the GatewayError that refuses it. */
  remove: (db: Queryable, row: Row) => Promise<unknown>
  /** The message when something refers to it after all. */
  isUsed: (name: string) => string
}

/** Removes one row and records that, in one transaction. Rejects with 404, 412, or 409 while something refers to it. */
export async function removeRow<Row extends Versioned<object>>(
  context: Operator,
  { kind, id, ifMatch, find, nameOf, remove, isUsed }: RowRemoval<Row>
): Promise<void> {
  await withOperatorLock(context, async (db) => {
    const row = await find(db, id)
    if (row === null) throw unknownId(kind, id)
    const name = nameOf(row)
    checkVersion(`${kind} ${name}`, row.version, ifMatch)
    try {
      await remove(db, row)
    } catch (error) {
      if (isForeignKeyViolation(error)) throw conflict(isUsed(name), error)
      throw error
    }
    await record(db, context, `${kind}.removed`, `${kind} ${name}`, {})
  })
}

/** Adds an operator's action to the audit log. */
export async function record(
  db: Queryable,
  { clock, actor, origin }: Pick<Operator, 'clock' | 'actor' | 'origin'>,
  action: string,
  subject: string,
  detail: Record<string, unknown>
): Promise<void> {
  await appendAudit(db, { at: clock.now(), actor, action, subject, detail, exchangeId: null, origin })
}

/**
 * Operators' changes take turns with each other and with a declarative file that is being applied, which would otherwise write back
 * what it had read before the change.
 */
export async function withOperatorLock<T>({ pool }: Operator, work: (db: Queryable) => Promise<T>): Promise<T> {
  return await inTransaction(pool, async (client) => {
    await lockGroups(client)
    return await work(client)
  })
}

async function asOperator<T>(context: Operator, duplicate: string, work: (db: Queryable) => Promise<T>): Promise<T> {
  try {
    return await withOperatorLock(context, work)
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict(duplicate, error)
    throw error
  }
}

const UNIQUE_VIOLATION = '23505'
/** Postgres 18 reports the second for `on delete restrict`, and only for that. */
const FOREIGN_KEY_VIOLATIONS: readonly unknown[] = ['23503', '23001']

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : null)

export const isForeignKeyViolation = (error: unknown) => FOREIGN_KEY_VIOLATIONS.includes(codeOf(error))

export const isUniqueViolation = (error: unknown) => codeOf(error) === UNIQUE_VIOLATION

export const unknownId = (kind: string, id: string) =>
  new GatewayError(404, 'not_found_error', `there is no ${kind} with id ${id}`)

export const conflict = (message: string, cause?: unknown) => new GatewayError(409, 'invalid_request_error', message, { cause })

export const fieldRefused = (field: string, problem: string) =>
  new GatewayError(400, 'invalid_request_error', `${field}: ${problem}`)

export const etagOf = ({ version }: { version: number }) => `"${version}"`

// A proxy that compresses makes the tag weak. The version is the same.
const ETAGS = /^\s*(?:W\/)?"[^"]*"\s*(?:,\s*(?:W\/)?"[^"]*"\s*)*$/

/** The version of something that is known but not stored, such as an unchanged setting. */
export const NOT_THERE = 0

/** Throws 412, with the ETag that would do, when If-Match names other versions than this one. */
export function checkVersion(what: string, version: number, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  if (!ETAGS.test(ifMatch)) throw fieldRefused('if-match', 'must be the ETag of an earlier response, e.g. "3", quotes included')
  if (ifMatch.includes(etagOf({ version }))) return
  throw new GatewayError(
    412,
    'invalid_request_error',
    `${what} is at version "${version}" and If-Match names ${ifMatch.trim()}: it has changed since, so read it again`,
    { headers: { etag: etagOf({ version }) } }
  )
}

function differences(before: Record<string, unknown>, after: Record<string, unknown>, secrets: readonly string[]) {
  const isChanged = (field: string) => JSON.stringify(before[field]) !== JSON.stringify(after[field])
  const changed = Object.keys(after).filter((field) => field !== 'version' && isChanged(field))
  const pick = (row: Record<string, unknown>) => Object.fromEntries(changed.map((field) => [field, row[field]]))
  const every = (text: string) => Object.fromEntries(secrets.map((field) => [field, text]))
  return { before: { ...pick(before), ...every('(secret)') }, after: { ...pick(after), ...every('(changed)') } }
}
