import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'

export function RefreshAccount({ name }: { name: string }) {
  const queries = useQueryClient()
  async function refresh() {
    await api.POST('/admin/v1/accounts/{id}/refresh', { params: { path: { id: name } } })
    await queries.invalidateQueries()
  }
  return (
    <Action
      label="Renew tokens"
      title={`Renew the tokens of ${name}?`}
      done={`The tokens of ${name} are renewed`}
      command={['accounts', 'refresh', name]}
      run={refresh}
    >
      Sluice does so by itself before they expire. Requests that are under way keep the old ones.
    </Action>
  )
}

export function RemoveAccount({ name }: { name: string }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  async function remove() {
    await api.DELETE('/admin/v1/accounts/{id}', { params: { path: { id: name } } })
    await navigate({ to: '/accounts' })
    await queries.invalidateQueries()
  }
  return (
    <Action
      label="Remove"
      color="red"
      title={`Remove ${name} for good?`}
      done={`${name} is removed`}
      command={['accounts', 'remove', name]}
      typed={name}
      run={remove}
    >
      Its credential is deleted and cannot be brought back. What it served stays on record, without its name. To take it out of
      use for a while, disable it.
    </Action>
  )
}
