import { Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import { ChangeRow, RemoveAction } from '../../parts/row-actions.tsx'
import { NOTE, URL_FIELD } from './fields.ts'
import type { ProxyRow } from './proxies.tsx'

const FIELDS = [{ ...URL_FIELD, label: 'New URL', about: 'left empty, it stays as it is' }, NOTE]

/** What an operator does about a proxy. */
export function ProxyActions({ row }: { row: ProxyRow }) {
  const { id, name } = row
  const edited = editedRow('/admin/v1/proxies/{id}', row, name, ['proxies', name])

  async function test() {
    const { data } = await api.POST('/admin/v1/proxies/{id}/test', { params: { path: { id } } })
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
      <ChangeRow {...edited} fields={FIELDS} />
      <RemoveAction {...edited}>Its URL cannot be brought back. It is refused while accounts use it.</RemoveAction>
    </Group>
  )
}
