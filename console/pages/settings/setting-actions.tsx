import { useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { textOf } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import type { Setting } from './settings.tsx'

export function ChangeSetting({ setting: { name, value, default: byDefault, meaning } }: { setting: Setting }) {
  const queries = useQueryClient()
  return (
    <FormDialog
      label="Change"
      title={`Change ${name}`}
      verb="Change"
      about={`${meaning}. Default: ${byDefault ?? 'none'}. It holds from the next request on, at every replica.`}
      fields={[{ name: 'value', label: name, kind: 'line', required: true }]}
      first={{ value }}
      done={({ value: now }) => `${name} is now ${textOf(now)}`}
      command={({ value: now }) => ['settings', 'set', name, textOf(now)]}
      run={async ({ value: now }) => {
        await api.PUT('/admin/v1/settings/{name}', { params: { path: { name } }, body: { value: textOf(now) } })
        await queries.invalidateQueries()
      }}
    />
  )
}

export function ResetSetting({ name }: { name: string }) {
  const queries = useQueryClient()
  return (
    <Action
      label="Reset"
      title={`Reset ${name}?`}
      done={`${name} is what the environment says`}
      command={['settings', 'unset', name]}
      run={async () => {
        await api.DELETE('/admin/v1/settings/{name}', { params: { path: { name } } })
        await queries.invalidateQueries()
      }}
    >
      It goes back to the value of the environment, or to its default, from the next request on.
    </Action>
  )
}
