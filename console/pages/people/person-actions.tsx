import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { RemoveAction, StatusAction } from '../../parts/row-actions.tsx'
import type { PersonRow } from './person.tsx'
import { SetPassword } from './set-password.tsx'

/** What an operator does about a person. */
export function PersonActions({ person: { id, email, status } }: { person: PersonRow }) {
  const params = { path: { id } }
  return (
    <>
      <SetPassword id={id} email={email} />
      <Action
        label="Sign out everywhere"
        title={`Sign ${email} out everywhere?`}
        done={`${email} is signed out everywhere`}
        command={['users', 'sign-out', email]}
        run={() => api.POST('/admin/v1/users/{id}/sign-out', { params })}
      >
        All of their sign-ins to this console end, and their tools that are signed in, such as Claude Code, must be let in
        again. Their keys go on working.
      </Action>
      <StatusAction
        name={email}
        status={status}
        setStatus={(to) => api.PATCH('/admin/v1/users/{id}', { params, body: { status: to } })}
        command={(verb) => ['users', verb, email]}
        enabled="Their keys work again, and they can sign in."
        disabled="Requests with any of their keys are refused from now on, and they cannot sign in. What is under way goes on to its end."
      />
      <RemoveAction
        name={email}
        remove={() => api.DELETE('/admin/v1/users/{id}', { params })}
        to="/people"
        command={['users', 'remove', email]}
      >
        Only somebody whom no key, subscription or ledger entry refers to can be removed; anybody else can be disabled.
      </RemoveAction>
    </>
  )
}
