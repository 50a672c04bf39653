import { Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import { optionWords } from '../../parts/option-words.ts'
import { RemoveAction } from '../../parts/row-actions.tsx'
import { NOTE, URL_FIELD } from './fields.ts'
import type { ProxyRow } from './proxies.tsx'

const FIELDS = [{ ...URL_FIELD, label: 'New URL', about: 'left empty, it stays as it is' }, NOTE]

/** What an operator does about a proxy. */
export function ProxyActions({ row }: { row: ProxyRow }) {
  const { id, name } = row
  const params = { path: { id } }

  async function test() {
    const { data } = await api.POST('/admin/v1/proxies/{id}/test', { params })
    if (data === undefined) return
    notifications.show({
      color: data.ok ? 'green' : 'red',
      title: data.ok ? `${name} reaches ${data.target}` : `${name} does not reach ${data.target}`,
      message: data.ok ? `Status ${data.status}, ${data.duration_ms} ms` : (data.problem ?? `Status ${data.status}`),
      autoClose: data.ok ? 5000 : false
    })
  }

  return (
    <Group gap="xs" wrap="nowrap">
      <Action label="Test" title={`Test ${name}?`} done={`${name} was tested`} command={['proxies', 'test', name]} run={test}>
        Sluice tries to reach the upstream through it, without a credential. It costs nothing.
      </Action>
      <EditDialog
        label="Change"
        title={`Change ${name}`}
        row={row}
        {...editedRow('/admin/v1/proxies/{id}', id)}
        fields={FIELDS}
        command={(changes) => ['proxies', 'change', name, ...optionWords(changes, FIELDS)]}
      />
      <RemoveAction
        name={name}
        remove={() => api.DELETE('/admin/v1/proxies/{id}', { params })}
        command={['proxies', 'remove', name]}
      >
        Its URL cannot be brought back. It is refused while accounts use it.
      </RemoveAction>
    </Group>
  )
}
