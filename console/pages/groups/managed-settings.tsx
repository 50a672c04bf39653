import { Code, Text } from '@mantine/core'
import { api, ApiError, type RequestOf } from '../../api/client.ts'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import type { Draft, FormField } from '../../parts/field.ts'
import type { GroupRow } from './groups.tsx'

type GroupChange = RequestOf<'patch', '/admin/v1/groups/{id}'>

/** As they are read and written here: as text. */
interface SettingsRow {
  version: number
  settings: string | null
}

const FIELDS: readonly FormField[] = [
  { name: 'settings', label: 'Settings, as a JSON object', kind: 'code', none: 'none' },
  {
    name: 'confirmed',
    label: 'I have read them, and they may run on developers’ machines',
    about: 'the audit log has what you change, and that it was you',
    kind: 'flag',
    required: true
  }
]

const textOf = ({ version, managed_settings: settings }: GroupRow): SettingsRow => ({
  version,
  settings: settings === null ? null : JSON.stringify(settings, null, 2)
})

/** What a request says. Throws what the form shows of a text that is no JSON. */
function changeOf({ settings, confirmed }: Draft): GroupChange {
  if (settings === undefined) return {}
  return {
    managed_settings: typeof settings === 'string' ? parsed(settings) : null,
    confirm_managed_settings: confirmed === true
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new ApiError(400, 'invalid_request_error', `The settings are no JSON: ${(error as Error).message}`, null)
  }
}

/** What Claude Code takes from a group, as it is written. */
export function ManagedSettings({ group }: { group: GroupRow }) {
  const { settings } = textOf(group)
  if (settings === null) return <Text size="sm">None: Claude Code keeps to the settings of each machine.</Text>
  return (
    <Code block tabIndex={0} aria-label="Managed settings" mah={400} style={{ overflow: 'auto' }}>
      {settings}
    </Code>
  )
}

/** A button with the form that changes them. */
export function ChangeManagedSettings({ group }: { group: GroupRow }) {
  const { id, name } = group
  const path = { id }
  return (
    <EditDialog<SettingsRow>
      label="Change the settings"
      title={`Managed settings of ${name}`}
      about={
        'Whoever has signed in from Claude Code to use this group gets them at the next start, or within the hour. They take the place of the ' +
        'machine’s own managed settings, and can run programs there, such as hooks.'
      }
      row={textOf(group)}
      fields={FIELDS}
      command={({ settings }) => ['groups', 'change', name, '--managed-settings', settings === null ? 'none' : 'settings.json']}
      load={async () => {
        const { data } = await api.GET('/admin/v1/groups/{id}', { params: { path } })
        return textOf(data!)
      }}
      save={async (changes, ifMatch) => {
        const params = { path, header: { 'if-match': ifMatch } }
        const { data } = await api.PATCH('/admin/v1/groups/{id}', { params, body: changeOf(changes) })
        return textOf(data!)
      }}
    />
  )
}
