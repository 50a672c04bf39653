import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { api, type RequestOf } from '../../api/client.ts'
import { EditForm } from '../../parts/edit-form.tsx'
import { useEdit } from '../../parts/edit.ts'
import type { FormField } from '../../parts/field.ts'
import { optionWords } from '../../parts/option-words.ts'
import type { PersonRow } from './person.tsx'

type Changes = NonNullable<RequestOf<'patch', '/admin/v1/users/{id}'>>

const FIELDS: readonly FormField<keyof Changes>[] = [
  {
    name: 'role',
    label: 'Role',
    about: 'what they may do when they sign in',
    kind: 'choice',
    choices: ['user', 'viewer', 'admin'] satisfies Changes['role'][]
  },
  { name: 'concurrency', label: 'Slots', about: 'requests in flight at most; 0 = no limit', kind: 'integer' },
  { name: 'note', label: 'Note', about: 'for operators only', kind: 'prose', none: 'none' }
]

/** A button with the form that changes what somebody may do. */
export function ChangePerson({ person }: { person: PersonRow }) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Change
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Change ${person.email}`} size="lg" closeOnClickOutside={false}>
        <ChangeForm person={person} onClose={close} />
      </Modal>
    </>
  )
}

function ChangeForm({ person, onClose }: { person: PersonRow; onClose: () => void }) {
  const queries = useQueryClient()
  const { id, email } = person
  const edit = useEdit<PersonRow>({
    row: person,
    async load() {
      const { data } = await api.GET('/admin/v1/users/{id}', { params: { path: { id } } })
      return data!
    },
    async save(changes, ifMatch) {
      const params = { path: { id }, header: { 'if-match': ifMatch } }
      const { data } = await api.PATCH('/admin/v1/users/{id}', { params, body: changes })
      return data!
    },
    async onSaved() {
      await queries.invalidateQueries()
      notifications.show({ message: `${email} is changed` })
      onClose()
    }
  })
  return (
    <EditForm
      name={`Change ${email}`}
      edit={edit}
      fields={FIELDS}
      onCancel={onClose}
      command={['users', 'change', email, ...optionWords(edit.changes, FIELDS)]}
    />
  )
}
