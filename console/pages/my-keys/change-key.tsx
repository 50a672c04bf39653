import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { bodyOf, type Draft } from '../../parts/field.ts'
import { NAME, OWN_LIMITS } from './key-fields.ts'
import type { OwnKey } from './my-keys.tsx'

/** A button with the dialog in which a key gets another name, and limits of one’s own. */
export function ChangeKey({ ownKey }: { ownKey: OwnKey }) {
  const queries = useQueryClient()
  const path = { id: ownKey.id }

  async function load(): Promise<OwnKey> {
    const { data } = await api.GET('/me/v1/keys/{id}', { params: { path } })
    return data!
  }

  async function save(changes: Draft, ifMatch: string): Promise<OwnKey> {
    const params = { path, header: { 'if-match': ifMatch } }
    const { data } = await api.PATCH('/me/v1/keys/{id}', { params, body: bodyOf(changes) })
    return data!
  }

  return (
    <EditDialog
      label="Change"
      title={`Change ${ownKey.name}`}
      about="These limits are your own: you can change them at any time. What operators have limited stays so."
      row={ownKey}
      load={load}
      save={save}
      fields={[NAME, ...OWN_LIMITS]}
      onSaved={async () => {
        await queries.invalidateQueries()
        notifications.show({ message: `${ownKey.name} is changed` })
      }}
    />
  )
}
