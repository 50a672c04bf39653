import type { RequestOf } from '../../api/client.ts'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { editedRow } from '../../parts/edited-row.ts'
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
  const { id, email } = person
  return (
    <EditDialog
      label="Change"
      title={`Change ${email}`}
      row={person}
      {...editedRow('/admin/v1/users/{id}', id)}
      fields={FIELDS}
      command={(changes) => ['users', 'change', email, ...optionWords(changes, FIELDS)]}
      done={`${email} is changed`}
    />
  )
}
