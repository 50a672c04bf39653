import { api, type RequestOf } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import type { FormField } from '../../parts/field.ts'
import { ChangeRow, RemoveAction, StatusAction } from '../../parts/row-actions.tsx'
import { AdjustBalance } from './adjust-balance.tsx'
import type { PersonRow } from './person.tsx'
import { SetPassword } from './set-password.tsx'

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

/** What an operator does about a person. */
export function PersonActions({ person }: { person: PersonRow }) {
  const { id, email } = person
  const edited = editedRow('/admin/v1/users/{id}', person, email, ['users', email])
  return (
    <>
      <AdjustBalance person={person} />
      <ChangeRow {...edited} fields={FIELDS} />
      <SetPassword id={id} email={email} />
      <Action
        label="Sign out everywhere"
        title={`Sign ${email} out everywhere?`}
        done={`${email} is signed out everywhere`}
        command={['users', 'sign-out', email]}
        run={() => api.POST('/admin/v1/users/{id}/sign-out', { params: { path: { id } } })}
      >
        All of their sign-ins to this console end, and their tools that are signed in, such as Claude Code, must be let in
        again. Their keys go on working.
      </Action>
      <StatusAction
        {...edited}
        enabled="Their keys work again, and they can sign in."
        disabled="Requests with any of their keys are refused from now on, and they cannot sign in. What is under way goes on to its end."
      />
      <RemoveAction {...edited} to="/people">
        Only somebody whom no key, subscription or ledger entry refers to can be removed; anybody else can be disabled.
      </RemoveAction>
    </>
  )
}
