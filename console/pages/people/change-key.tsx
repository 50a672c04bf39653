import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { bodyOf, type Draft } from '../../parts/field.ts'
import { optionWords } from '../../parts/option-words.ts'
import { useModels } from '../groups/use-models.ts'
import { keyFields } from './key-fields.ts'
import type { KeyRow } from './person-keys.tsx'
import { useGroupChoices, useTeamChoices } from './use-choices.ts'

/** A button with the form that changes what somebody’s key may do. */
export function ChangeKey({ row, words }: { row: KeyRow; words: readonly string[] }) {
  const queries = useQueryClient()
  const groups = useGroupChoices()
  const fields = keyFields(groups.all, useModels(), useTeamChoices(row.user_email))
  const path = { id: row.id }

  async function load(): Promise<KeyRow> {
    const { data } = await api.GET('/admin/v1/keys/{id}', { params: { path } })
    return data!
  }

  async function save(changes: Draft, ifMatch: string): Promise<KeyRow> {
    const params = { path, header: { 'if-match': ifMatch } }
    const { data } = await api.PATCH('/admin/v1/keys/{id}', { params, body: bodyOf(changes) })
    return data!
  }

  return (
    <EditDialog
      label="Change"
      title={`Change ${row.name}`}
      row={row}
      load={load}
      save={save}
      fields={fields}
      command={(changes) => ['keys', 'change', ...words, ...optionWords(changes, fields)]}
      onSaved={async () => {
        await queries.invalidateQueries()
        notifications.show({ message: `${row.name} is changed` })
      }}
    />
  )
}
