import { FormDialog } from '../../parts/form-dialog.tsx'
import { api } from '../../api/client.ts'
import { bodyOf, textOf, type Draft } from '../../parts/field.ts'
import { optionWords } from '../../parts/option-words.ts'
import { useModels } from '../groups/use-models.ts'
import { keyFields } from './key-fields.ts'
import type { NewSecret } from '../../parts/new-secret.tsx'
import { useGroupChoices, useTeamChoices } from './use-choices.ts'

interface CreateKeyProps {
  email: string
  onSecret: (made: NewSecret) => Promise<void>
}

/** A button with the dialog that makes a key for somebody. */
export function CreateKey({ email, onSecret }: CreateKeyProps) {
  const groups = useGroupChoices()
  const fields = keyFields(groups.all, useModels(), useTeamChoices(email))

  async function create({ name, ...given }: Draft) {
    const body = { user: email, name: textOf(name).trim(), ...bodyOf(given) }
    const { data } = await api.POST('/admin/v1/keys', { body })
    return { id: data!.id, name: data!.name, secret: data!.key }
  }

  return (
    <FormDialog
      label="Create a key"
      title={`A key for ${email}`}
      verb="Create"
      fields={fields}
      command={({ name, ...given }) => ['keys', 'add', email, textOf(name).trim(), ...optionWords(given, fields)]}
      run={create}
      after={onSecret}
    />
  )
}
