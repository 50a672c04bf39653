import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import type { PersonRow } from './person.tsx'
import { SetPassword } from './set-password.tsx'

/** What an operator does about a person. */
export function PersonActions({ person: { id, email, status } }: { person: PersonRow }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const params = { path: { id } }

  async function setStatus(status: 'active' | 'disabled') {
    await api.PATCH('/admin/v1/users/{id}', { params, body: { status } })
    await queries.invalidateQueries()
  }

  async function signOut() {
    await api.POST('/admin/v1/users/{id}/sign-out', { params })
    await queries.invalidateQueries()
  }

  async function remove() {
    await api.DELETE('/admin/v1/users/{id}', { params })
    await navigate({ to: '/people' })
    await queries.invalidateQueries()
  }

  return (
    <>
      <SetPassword id={id} email={email} />
      <Action
        label="Sign out everywhere"
        title={`Sign ${email} out everywhere?`}
        done={`${email} is signed out everywhere`}
        command={['users', 'sign-out', email]}
        run={signOut}
      >
        All of their sign-ins to this console end, and their tools that are signed in, such as Claude Code, must be let in
        again. Their keys go on working.
      </Action>
      {status === 'disabled' ? (
        <Action
          label="Enable"
          title={`Enable ${email}?`}
          done={`${email} is enabled`}
          command={['users', 'enable', email]}
          run={() => setStatus('active')}
        >
          Their keys work again, and they can sign in.
        </Action>
      ) : (
        <Action
          label="Disable"
          title={`Disable ${email}?`}
          done={`${email} is disabled`}
          command={['users', 'disable', email]}
          run={() => setStatus('disabled')}
        >
          Requests with any of their keys are refused from now on, and they cannot sign in. What is under way goes on to its
          end.
        </Action>
      )}
      <Action
        label="Remove"
        color="red"
        title={`Remove ${email} for good?`}
        done={`${email} is removed`}
        command={['users', 'remove', email]}
        typed={email}
        run={remove}
      >
        Only somebody whom no key, subscription or ledger entry refers to can be removed; anybody else can be disabled.
      </Action>
    </>
  )
}
