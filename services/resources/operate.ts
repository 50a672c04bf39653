import {
  changeRow,
  checkVersion,
  NOT_THERE,
  createRow,
  fieldRefused,
  withOperatorLock,
  record,
  removeRow,
  type Operator,
  type OperatorContext
} from './admin/operator-changes.ts'
import { refusal } from './problems.ts'
import type { Queryable } from '../platform/database/queryable.ts'
import type { SecretBox } from '../platform/secrets.ts'
import {
  nameOf,
  pickFields,
  plannedFields,
  wantedValues,
  type Definition,
  type FieldChange,
  type Values
} from './definition.ts'
import type { Assignment } from './field.ts'
import { refusePassedEnds, withTimes } from './given-times.ts'
import type { Resource, Tools } from './resource.ts'
import { assignmentsOf, deleteRow, findRow, insertRow, listRows, updateRow, type Row } from './rows.ts'

export interface Target {
  id: string
  /** The If-Match header. */
  ifMatch: string | undefined
}

/** How changes of a resource's rows are described. What follows from the time is left out of the audit log. */
export function wordsOf({ definition }: Pick<Resource, 'definition'>) {
  const reported = Object.keys(pickFields(definition.fields, ({ computed }) => computed === true))
  return {
    kind: definition.kind,
    nameOf: (row: Row) => nameOf(definition, row),
    find: (db: Queryable, id: string) => findRow(db, definition, id),
    report: (row: Row) => Object.fromEntries(Object.entries(row).filter(([name]) => !reported.includes(name)))
  }
}

const duplicateOf = ({ definition, duplicate }: Resource, values: Values) =>
  duplicate?.(values) ?? `there is ${definition.one} ${String(values[definition.known])} already`

/** Separates a row's fields from the rest of a request. Throws 400 when a required confirmation is missing. */
function withoutConfirmations({ fields }: Definition, given: Values): Values {
  const values = { ...given }
  for (const [name, { confirmed }] of Object.entries(fields)) {
    if (confirmed === undefined) continue
    const { by, why } = confirmed
    if (name in given && given[by] !== true) throw fieldRefused(name, `it ${why}: confirm that with ${by}`)
    delete values[by]
  }
  return values
}

/**
 * Creates what `entry` describes, with fields in `more` that no request may set. Rejects with 400 for an invalid entry, 409 when
 * there is one of that name.
 */
export async function createResource(
  context: OperatorContext,
  resource: Resource,
  entry: Values,
  more: Values = {}
): Promise<Row> {
  const { definition } = resource
  const now = context.clock.now()
  const given = withTimes(definition, withoutConfirmations(definition, entry), now)
  checkEntry(context, resource, given)
  refusePassedEnds(definition, given, now)
  const values = { ...wantedValues(definition, given, undefined), ...more }
  return await createRow(context, {
    ...wordsOf(resource),
    duplicate: duplicateOf(resource, values),
    create: async (db) => {
      await refuseMissing(db, definition, values)
      return await insertWhole(db, context, resource, values)
    }
  })
}

/** Changes a row in a way of its kind's own, recorded as `action`. Rejects with 404 and 412, and as `change` does. */
export const actOn = (
  context: Operator,
  resource: Pick<Resource, 'definition'>,
  target: Target,
  action: string,
  change: (db: Queryable, before: Row) => Promise<void>
): Promise<Row> => changeRow(context, { ...wordsOf(resource), ...target, action, change })

/**
 * Ends a row, which stays on record, by the time in a column that a field shows; nothing where it has ended. `check` is asked when nobody
 * else can change anything any more, and rejects with what refuses it. Rejects with 404 and 412.
 */
export const endRow = (
  context: Operator,
  resource: Pick<Resource, 'definition'>,
  target: Target,
  { action, column, check }: { action: string; column: string; check?: ((db: Queryable) => Promise<unknown>) | undefined }
): Promise<Row> =>
  actOn(context, resource, target, action, async (db, before) => {
    await check?.(db)
    if (before[column] !== null) return
    await updateRow(db, resource.definition, target.id, [{ column, value: new Date(context.clock.now()) }])
  })

/** Changes the fields named in `changes`; null sets a field's default. Rejects with 400, 404, 409 and 412. */
export async function changeResource(
  context: OperatorContext,
  resource: Resource,
  { id, ifMatch }: Target,
  given: Values
): Promise<Row> {
  const changes = withTimes(resource.definition, withoutConfirmations(resource.definition, given), context.clock.now())
  checkEntry(context, resource, changes)
  return await changeRow(context, {
    ...wordsOf(resource),
    id,
    ifMatch,
    action: 'changed',
    duplicate: duplicateOf(resource, changes),
    secrets: Object.keys(changes).filter((name) => resource.definition.fields[name]?.type === 'secret'),
    change: (db, before) => changeWithin(db, context, resource, before, changes)
  })
}

/** The same within a transaction; it records nothing itself. */
export async function changeWithin(
  db: Queryable,
  context: OperatorContext,
  resource: Resource,
  before: Row,
  changes: Values
): Promise<void> {
  const { definition } = resource
  if (Object.keys(changes).length === 0) return
  resource.refuseChange?.(before)
  refusePassedEnds(definition, changes, context.clock.now(), before)
  await refuseMissing(db, definition, changes)
  const wanted = wantedValues(definition, merged(definition, before, changes), before)
  // A valid change may contradict the stored row; contradictions that already exist do not block other changes.
  if (resource.together?.some((field) => field in changes)) checkEntry(context, resource, wanted)
  const named = Object.fromEntries(Object.keys(changes).map((name) => [name, wanted[name]]))
  await updateRow(db, definition, before.id, assigned(context, resource, named, wanted))
  await resource.updated?.(db, before.id, named)
}

/** A change may name parts of an object. */
const merged = ({ fields }: Definition, before: Values, changes: Values): Values => ({
  ...before,
  ...Object.fromEntries(
    Object.entries(changes).map(([name, value]): [string, unknown] => [
      name,
      fields[name]?.parts === undefined ? value : { ...(before[name] as Values), ...(value as Values) }
    ])
  )
})

/** Rejects with 400 when a field names something that does not exist. */
async function refuseMissing(db: Queryable, { fields }: Definition, values: Values): Promise<void> {
  for (const [name, { refersTo }] of Object.entries(fields)) {
    if (refersTo === undefined || typeof values[name] !== 'string') continue
    const { kind, table, by } = refersTo
    const { rowCount } = await db.query(`select from ${table} where ${by} = $1`, [values[name]])
    if (rowCount === 0) throw fieldRefused(name, `there is no ${kind} ${values[name]}`)
  }
}

export interface Put {
  /** The action, such as `set`. */
  action: string
  /** The field whose values go into the audit log. */
  reported: string
  /** The row's columns; empty when nothing is to change. Throws the GatewayError that refuses it. */
  assign: (db: Queryable, before: Row | null) => Promise<Assignment[]>
  /** What else to do in the same transaction. */
  after?: (db: Queryable) => Promise<void>
}

/** Replaces the row with the id, or creates it. Rejects with 412. */
export async function putResource(
  context: OperatorContext,
  definition: Definition,
  { id, ifMatch }: Target,
  { action, reported, assign, after = async () => {} }: Put
): Promise<Row> {
  return await withOperatorLock(context, async (db) => {
    const before = await findRow(db, definition, id)
    const subject = (row: Row) => `${definition.kind} ${nameOf(definition, row)}`
    checkVersion(before === null ? `${definition.kind} ${id}` : subject(before), before?.version ?? NOT_THERE, ifMatch)
    const assignments = await assign(db, before)
    if (before !== null && assignments.length === 0) return before
    if (before === null) await insertRow(db, definition, assignments)
    else await updateRow(db, definition, id, assignments)
    await after(db)
    const row = await findRow(db, definition, id)
    if (row === null) throw new Error(`${definition.kind} ${id} is gone although nothing deletes it`)
    const detail = { before: before?.[reported] ?? null, after: row[reported] }
    await record(db, context, `${definition.kind}.${action}`, subject(row), detail)
    return row
  })
}

/** What it was used for stays recorded. Rejects with 404 and 412, 409 while something refers to it. */
export async function removeResource(context: OperatorContext, resource: Resource, target: Target): Promise<void> {
  const { definition, isUsed = () => '', remove = (db, { id }) => deleteRow(db, definition, id) } = resource
  await removeRow(context, { ...wordsOf(resource), ...target, isUsed, remove })
}

async function insertWhole(
  db: Queryable,
  tools: Pick<Tools, 'secretBox'>,
  resource: Pick<Resource, 'definition' | 'inserted'>,
  values: Values
): Promise<string> {
  const id = await insertRow(db, resource.definition, assigned(tools, resource, values, values))
  await resource.inserted?.(db, id, values)
  return id
}

/** Throws 400 for what would be refused in a declarative file. */
function checkEntry({ hosts }: Tools, { problems = () => [], hostsOf = () => [] }: Resource, entry: Values): void {
  const found = problems({ path: [], value: entry })
  if (found.length > 0) throw refusal(found)
  for (const { field, host } of hostsOf(entry)) {
    const problem = hosts.problemOf(host)
    if (problem !== null) throw fieldRefused(field, `${host} ${problem}`)
  }
}

/** The columns of `values`, of a row that is to be `row`, its secrets sealed. */
export function assigned(
  { secretBox }: Pick<Tools, 'secretBox'>,
  { definition }: Pick<Resource, 'definition'>,
  values: Values,
  row: Values
): Assignment[] {
  const name = String(row[definition.known])
  const stored = Object.entries(values).map(([field, value]): [string, unknown] => {
    const context = definition.fields[field]?.seal?.(name)
    return [field, context === undefined || typeof value !== 'string' ? value : secretBox.seal(value, context)]
  })
  return assignmentsOf(definition, Object.fromEntries(stored), row)
}

/** A row in the terms of a declarative file. */
interface StoredRow {
  id: string
  state: Values
}

/** All of them, including secrets; null for one that cannot be opened: the file's is then a change that repairs it. */
export async function listStored(db: Queryable, definition: Definition, secretBox: SecretBox): Promise<StoredRow[]> {
  const fields = plannedFields(definition)
  const secrets = Object.entries(fields).flatMap(([field, { seal }]) => (seal === undefined ? [] : [{ field, seal }]))
  return (await listRows(db, definition, fields)).map((row) => {
    const name = String(row[definition.known])
    const opened = secrets.map(({ field, seal }): [string, unknown] => [
      field,
      openOrNull(secretBox, row[field] as Buffer, seal(name))
    ])
    return { id: row.id, state: { ...row, ...Object.fromEntries<unknown>(opened) } }
  })
}

function openOrNull(secretBox: SecretBox, stored: Buffer, context: string): string | null {
  try {
    return secretBox.open(stored, context)
  } catch {
    return null
  }
}

/** Writes a row as planned, and returns its id. */
export async function putStored(
  db: Queryable,
  tools: Pick<Tools, 'secretBox'>,
  resource: Pick<Resource, 'definition' | 'inserted' | 'updated'>,
  { id, state, changes }: { id: string | null; state: Values; changes: readonly FieldChange[] }
): Promise<string> {
  if (id === null) return await insertWhole(db, tools, resource, state)
  const changed = [...new Set(changes.map(({ field }) => field.replace(/\..*/, '')))]
  const values = Object.fromEntries(changed.map((field) => [field, state[field]]))
  await updateRow(db, resource.definition, id, assigned(tools, resource, values, state))
  await resource.updated?.(db, id, values)
  return id
}
