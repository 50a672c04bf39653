import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import type { GroupRow } from './groups.tsx'

/** What an operator does about a group. */
export function GroupActions({ group: { id, name, status } }: { group: GroupRow }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const params = { path: { id } }

  async function setStatus(status: 'active' | 'disabled') {
    await api.PATCH('/admin/v1/groups/{id}', { params, body: { status } })
    await queries.invalidateQueries()
  }

  async function remove() {
    await api.DELETE('/admin/v1/groups/{id}', { params })
    await navigate({ to: '/groups' })
    await queries.invalidateQueries()
  }

  return (
    <>
      {status === 'disabled' ? (
        <Action
          label="Enable"
          title={`Enable ${name}?`}
          done={`${name} is enabled`}
          command={['groups', 'enable', name]}
          run={() => setStatus('active')}
        >
          Its keys work again.
        </Action>
      ) : (
        <Action
          label="Disable"
          title={`Disable ${name}?`}
          done={`${name} is disabled`}
          command={['groups', 'disable', name]}
          typed={name}
          run={() => setStatus('disabled')}
        >
          Requests with any key of the group are refused from now on. What is under way goes on to its end.
        </Action>
      )}
      <Action
        label="Remove"
        color="red"
        title={`Remove ${name} for good?`}
        done={`${name} is removed`}
        command={['groups', 'remove', name]}
        typed={name}
        run={remove}
      >
        Only a group that no key, subscription, account or code refers to can be removed; any other can be disabled.
      </Action>
    </>
  )
}
