import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { bodyOf, textOf } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { groupFields, type NewGroup } from './group-fields.ts'
import { useModels } from './use-models.ts'

/** A button with the dialog that makes a group. */
export function CreateGroup() {
  const navigate = useNavigate()
  const models = useModels()
  return (
    <FormDialog
      label="Create a group"
      title="Create a group"
      verb="Create"
      variant="filled"
      fields={(valueOf) => groupFields(valueOf('kind'), models)}
      first={{ kind: 'balance', window_anchor: 'first-use' }}
      command={({ name, ...given }, fields) => ['groups', 'add', textOf(name).trim(), ...optionWords(given, fields)]}
      run={async (given) => (await api.POST('/admin/v1/groups', { body: bodyOf(given) as unknown as NewGroup })).data!}
      after={({ id }) => navigate({ to: '/groups/$id', params: { id } })}
    />
  )
}
