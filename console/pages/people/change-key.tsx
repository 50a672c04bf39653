import { EditDialog } from '../../parts/edit-dialog.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import { optionWords } from '../../parts/option-words.ts'
import { useModels } from '../groups/use-models.ts'
import { keyFields } from './key-fields.ts'
import type { KeyRow } from './person-keys.tsx'
import { useGroupChoices, useTeamChoices } from './use-choices.ts'

/** A button with the form that changes what somebody’s key may do. */
export function ChangeKey({ row, words }: { row: KeyRow; words: readonly string[] }) {
  const groups = useGroupChoices()
  const fields = keyFields(groups.all, useModels(), useTeamChoices(row.user_email))
  return (
    <EditDialog
      label="Change"
      title={`Change ${row.name}`}
      row={row}
      {...editedRow('/admin/v1/keys/{id}', row.id)}
      fields={fields}
      command={(changes) => ['keys', 'change', ...words, ...optionWords(changes, fields)]}
      done={`${row.name} is changed`}
    />
  )
}
