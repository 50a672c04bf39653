import { EditDialog } from '../../parts/edit-dialog.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import { optionWords } from '../../parts/option-words.ts'
import { groupFields } from './group-fields.ts'
import type { GroupRow } from './groups.tsx'
import { useModels } from './use-models.ts'

/** A button with the form that changes a group. */
export function ChangeGroup({ group }: { group: GroupRow }) {
  const models = useModels()
  const { id, name } = group
  return (
    <EditDialog
      label="Change"
      title={`Change ${name}`}
      row={group}
      {...editedRow('/admin/v1/groups/{id}', id)}
      fields={(valueOf) => groupFields(valueOf('kind'), models)}
      command={(changes, fields) => ['groups', 'change', name, ...optionWords(changes, fields)]}
      done={`${name} is changed`}
    />
  )
}
