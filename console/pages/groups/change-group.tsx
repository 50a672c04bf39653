import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { EditForm } from '../../parts/edit-form.tsx'
import { useEdit } from '../../parts/edit.ts'
import { optionWords } from '../../parts/option-words.ts'
import { groupFields } from './group-fields.ts'
import type { GroupRow } from './groups.tsx'
import { useModels } from './use-models.ts'

/** A button with the form that changes a group. */
export function ChangeGroup({ group }: { group: GroupRow }) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Change
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Change ${group.name}`} size="lg" closeOnClickOutside={false}>
        <ChangeForm group={group} onClose={close} />
      </Modal>
    </>
  )
}

function ChangeForm({ group, onClose }: { group: GroupRow; onClose: () => void }) {
  const queries = useQueryClient()
  const models = useModels()
  const { id, name } = group
  const edit = useEdit<GroupRow>({
    row: group,
    async load() {
      const { data } = await api.GET('/admin/v1/groups/{id}', { params: { path: { id } } })
      return data!
    },
    async save(changes, ifMatch) {
      const params = { path: { id }, header: { 'if-match': ifMatch } }
      const { data } = await api.PATCH('/admin/v1/groups/{id}', { params, body: changes })
      return data!
    },
    async onSaved({ name }) {
      await queries.invalidateQueries()
      notifications.show({ message: `${name} is changed` })
      onClose()
    }
  })
  const fields = groupFields(edit.valueOf('kind'), models)
  return (
    <EditForm
      name={`Change ${name}`}
      edit={edit}
      fields={fields}
      onCancel={onClose}
      command={['groups', 'change', name, ...optionWords(edit.changes, fields)]}
    />
  )
}
