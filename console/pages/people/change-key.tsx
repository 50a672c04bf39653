import { editedRow, type RowWords } from '../../parts/edited-row.ts'
import { ChangeRow } from '../../parts/row-actions.tsx'
import { useModels } from '../groups/use-models.ts'
import { keyFields } from './key-fields.ts'
import type { KeyRow } from './person-keys.tsx'
import { useGroupChoices, useTeamChoices } from './use-choices.ts'

/** A button with the form that changes what somebody’s key may do. */
export function ChangeKey({ row, words }: { row: KeyRow; words: RowWords }) {
  const groups = useGroupChoices()
  const fields = keyFields(groups.all, useModels(), useTeamChoices(row.user_email))
  return <ChangeRow {...editedRow('/admin/v1/keys/{id}', row, row.name, words)} fields={fields} />
}
