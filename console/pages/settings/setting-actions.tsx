import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { textOf } from '../../parts/field.ts'
import type { Setting } from './settings.tsx'

export function ChangeSetting({ setting }: { setting: Setting }) {
  const { name, default: byDefault, meaning } = setting
  const path = { name }
  return (
    <EditDialog
      label="Change"
      title={`Change ${name}`}
      about={`${meaning} Default: ${byDefault ?? 'none'}. It holds from the next request on, at every replica.`}
      row={setting}
      fields={[{ name: 'value', label: name, kind: 'line', required: true }]}
      command={({ value }) => ['settings', 'set', name, textOf(value)]}
      load={async () => (await api.GET('/admin/v1/settings/{name}', { params: { path } })).data!}
      save={async ({ value }, ifMatch, from) => {
        const params = { path, header: { 'if-match': ifMatch } }
        const body = { value: value === undefined ? (from.value ?? '') : textOf(value) }
        return (await api.PUT('/admin/v1/settings/{name}', { params, body })).data!
      }}
      done={`${name} is changed`}
    />
  )
}

export function ResetSetting({ setting: { name, version } }: { setting: Setting }) {
  return (
    <Action
      label="Reset"
      title={`Reset ${name}?`}
      done={`${name} is what the environment says`}
      command={['settings', 'unset', name]}
      run={async () => {
        const params = { path: { name }, header: { 'if-match': `"${version}"` } }
        await api.DELETE('/admin/v1/settings/{name}', { params })
      }}
    >
      It goes back to the value of the environment, or to its default, from the next request on.
    </Action>
  )
}
