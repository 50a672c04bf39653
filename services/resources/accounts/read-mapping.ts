import { listAskedModels } from '../../money/records/asked-models.ts'
import type { PriceBook } from '../../money/prices/price-book.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { fieldRefused, unknownId } from '../admin/operator-changes.ts'
import { pickFields, wantedValues, type Values } from '../definition.ts'
import { groups as groupDefinition } from '../groups/definition.ts'
import { refusal } from '../problems.ts'
import { listRows } from '../rows.ts'
import { accounts, type AccountRow } from './definition.ts'
import { previewMapping, type MappedModel, type RuledAccount } from './mapping-preview.ts'
import { accountProblems } from './problems.ts'

const RULES: readonly string[] = ['groups', 'model_mapping', 'allowed_models', 'accept']

/** The fields of an account that decide what happens to a requested model. */
export const MAPPING_FIELDS = { fields: pickFields(accounts.fields, (_field, name) => RULES.includes(name)) }

/** Requests older than this are not recent. */
const LATELY_MS = 30 * 24 * 60 * 60 * 1000

interface ReadMappingOptions {
  /** Of an existing account; null: of one to be added. */
  id: string | null
  /** Changes to MAPPING_FIELDS; null means the default. */
  changes: Values
  book: PriceBook
  /** Epoch milliseconds. */
  now: number
}

/** What an account does with models, or would do. Rejects with 400 for rules that no account can have, and 404. */
export async function readMapping(db: Queryable, { id, changes, book, now }: ReadMappingOptions): Promise<MappedModel[]> {
  const problems = accountProblems({ path: [], value: changes })
  if (problems.length > 0) throw refusal(problems)
  const rows = await listRows(db, accounts, MAPPING_FIELDS.fields)
  const stored = rows.find((row) => row.id === id)
  if (id !== null && stored === undefined) throw unknownId('account', id)
  const groups = await listRows(db, groupDefinition)
  const account = rulesOf(wantedValues(MAPPING_FIELDS, { ...stored, ...changes }, undefined))
  const missing = account.groups.find((name) => groups.every((group) => group.name !== name))
  if (missing !== undefined) throw fieldRefused('groups', `there is no group ${missing}`)

  const nameOf = new Map(groups.map((group) => [group.id, group.name]))
  const asked = await listAskedModels(db, new Date(now - LATELY_MS))
  return previewMapping({
    account,
    others: rows.filter((row) => row !== stored).map(rulesOf),
    groups: groups.map(({ name, model_mapping: modelMapping, allowed_models: allowedModels }) => ({
      name,
      modelMapping,
      allowedModels
    })),
    asked: asked.map(({ model, groupId }) => ({ model, group: nameOf.get(groupId) ?? '' })),
    book,
    now
  })
}

function rulesOf(values: Values): RuledAccount {
  const { groups, model_mapping: modelMapping, allowed_models: allowedModels, accept } = values as unknown as AccountRow
  return { groups, modelMapping, allowedModels, acceptedModels: accept }
}
