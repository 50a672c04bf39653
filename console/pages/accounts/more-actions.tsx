import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { RemoveAction } from '../../parts/row-actions.tsx'

export function RefreshAccount({ name }: { name: string }) {
  return (
    <Action
      label="Renew tokens"
      title={`Renew the tokens of ${name}?`}
      done={`The tokens of ${name} are renewed`}
      command={['accounts', 'refresh', name]}
      run={() => api.POST('/admin/v1/accounts/{id}/refresh', { params: { path: { id: name } } })}
    >
      Sluice does so by itself before they expire. Requests that are under way keep the old ones.
    </Action>
  )
}

export function RemoveAccount({ name }: { name: string }) {
  return (
    <RemoveAction
      name={name}
      words={['accounts', name]}
      remove={() => api.DELETE('/admin/v1/accounts/{id}', { params: { path: { id: name } } })}
      to="/accounts"
    >
      Its credential is deleted and cannot be brought back. What it served stays on record, without its name. To take it out of
      use for a while, disable it.
    </RemoveAction>
  )
}
