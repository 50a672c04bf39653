import { api } from '../../api/client.ts'
import { RemoveAction, StatusAction } from '../../parts/row-actions.tsx'
import type { GroupRow } from './groups.tsx'

/** What an operator does about a group. */
export function GroupActions({ group: { id, name, status } }: { group: GroupRow }) {
  const params = { path: { id } }
  return (
    <>
      <StatusAction
        name={name}
        status={status}
        setStatus={(to) => api.PATCH('/admin/v1/groups/{id}', { params, body: { status: to } })}
        command={(verb) => ['groups', verb, name]}
        enabled="Its keys work again."
        disabled="Requests with any key of the group are refused from now on. What is under way goes on to its end."
        isTyped
      />
      <RemoveAction
        name={name}
        remove={() => api.DELETE('/admin/v1/groups/{id}', { params })}
        to="/groups"
        command={['groups', 'remove', name]}
      >
        Only a group that no key, subscription, account or code refers to can be removed; any other can be disabled.
      </RemoveAction>
    </>
  )
}
