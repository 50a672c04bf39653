import { changeRow, createRow, fieldRefused, removeRow, type OperatorContext } from '../admin/operator-changes.ts'
import { refusal } from '../admin/request-checks.ts'
import type { Queryable } from '../records/queryable.ts'
import type { SecretBox } from '../secrets.ts'
import { declaredFields, wantedValues, type Definition, type FieldChange, type Values } from './definition.ts'
import type { Assignment } from './field.ts'
import type { Resource, Tools } from './resource.ts'
import { assignmentsOf, deleteRow, findRow, insertRow, listRows, updateRow, type Row } from './rows.ts'

export interface Target {
  id: string
  /** The If-Match header. */
  ifMatch: string | undefined
}

/** What is said of a resource's rows when they are changed. */
export function wordsOf({ definition, isUsed }: Pick<Resource, 'definition' | 'isUsed'>) {
  const { kind, one, known } = definition
  const nameOf = (row: Row) => String(row[known])
  return {
    kind,
    nameOf,
    isUsed,
    find: (db: Queryable, id: string) => findRow(db, definition, id),
    report: (row: Row) => row,
    duplicateOf: (name: unknown) => `there is ${one} ${String(name)} already`
  }
}

/** Rejects with 400 for what no row can have, 409 when there is one of that name. */
export async function createResource(context: OperatorContext, resource: Resource, entry: Values): Promise<Row> {
  checkEntry(context, resource, entry)
  const { duplicateOf, ...words } = wordsOf(resource)
  const values = wantedValues(resource.definition, entry, undefined)
  return await createRow(context, {
    ...words,
    duplicate: duplicateOf(values[resource.definition.known]),
    create: (db) => insertWhole(db, context, resource, values)
  })
}

/** Changes what `changes` names; null has a field take its default. Rejects with 400, 404, 409 and 412. */
export async function changeResource(
  context: OperatorContext,
  resource: Resource,
  { id, ifMatch }: Target,
  changes: Values
): Promise<Row> {
  checkEntry(context, resource, changes)
  const { duplicateOf, ...words } = wordsOf(resource)
  return await changeRow(context, {
    ...words,
    id,
    ifMatch,
    action: 'changed',
    duplicate: duplicateOf(changes[resource.definition.known]),
    secrets: Object.keys(changes).filter((name) => resource.definition.fields[name]?.type === 'secret'),
    change: (db, before) => change(db, context, resource, before, changes)
  })
}

async function change(db: Queryable, context: Tools, resource: Resource, before: Row, changes: Values): Promise<void> {
  const { definition } = resource
  const wanted = wantedValues(definition, { ...before, ...changes }, before)
  // What is right by itself may contradict what is there; what contradicts already is not in the way of other changes.
  if (resource.together?.some((field) => field in changes)) checkEntry(context, resource, wanted)
  const named = Object.fromEntries(Object.keys(changes).map((name) => [name, wanted[name]]))
  await updateRow(db, definition, before.id, assigned(context, resource, named, wanted))
}

/** What it was used for stays on record. Rejects with 404 and 412, 409 while something refers to it. */
export async function removeResource(context: OperatorContext, resource: Resource, target: Target): Promise<void> {
  const { duplicateOf: _, report: __, ...words } = wordsOf(resource)
  const { definition, remove = (db, { id }) => deleteRow(db, definition, id) } = resource
  await removeRow(context, { ...words, ...target, remove })
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

/** Throws 400 for what a declarative file would be refused for. */
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
  return assignmentsOf(definition, Object.fromEntries(stored))
}

/** A row as a declarative file would say it. */
export interface StoredRow {
  id: string
  state: Values
}

/** All of them, secrets too; null for what cannot be opened, for which the file's is a change that mends it. */
export async function listStored(db: Queryable, definition: Definition, secretBox: SecretBox): Promise<StoredRow[]> {
  const fields = declaredFields(definition)
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

/** Writes what a plan wants of a row, and returns its id. */
export async function putStored(
  db: Queryable,
  tools: Pick<Tools, 'secretBox'>,
  resource: Pick<Resource, 'definition' | 'inserted'>,
  { id, state, changes }: { id: string | null; state: Values; changes: readonly FieldChange[] }
): Promise<string> {
  if (id === null) return await insertWhole(db, tools, resource, state)
  const changed = [...new Set(changes.map(({ field }) => field.replace(/\..*/, '')))]
  const values = Object.fromEntries(changed.map((field) => [field, state[field]]))
  await updateRow(db, resource.definition, id, assigned(tools, resource, values, state))
  return id
}
