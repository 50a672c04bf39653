import { Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { api, type RequestOf } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { NOTE, URL_FIELD } from './fields.ts'
import type { ProxyRow } from './proxies.tsx'

const FIELDS = [{ ...URL_FIELD, label: 'New URL', about: 'left empty, it stays as it is' }, NOTE]

/** What an operator does about a proxy. */
export function ProxyActions({ row }: { row: ProxyRow }) {
  const queries = useQueryClient()
  const { id, name } = row
  const path = { id }

  async function test() {
    const { data } = await api.POST('/admin/v1/proxies/{id}/test', { params: { path } })
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
        fields={FIELDS}
        command={(changes) => ['proxies', 'change', name, ...optionWords(changes, FIELDS)]}
        load={async () => {
          return (await api.GET('/admin/v1/proxies/{id}', { params: { path } })).data!
        }}
        save={async (changes, ifMatch) => {
          const body = changes as RequestOf<'patch', '/admin/v1/proxies/{id}'>
          return (await api.PATCH('/admin/v1/proxies/{id}', { params: { path, header: { 'if-match': ifMatch } }, body })).data!
        }}
        onSaved={() => queries.invalidateQueries()}
      />
      <Action
        label="Remove"
        color="red"
        title={`Remove ${name}?`}
        done={`${name} is removed`}
        command={['proxies', 'remove', name]}
        typed={name}
        run={async () => {
          await api.DELETE('/admin/v1/proxies/{id}', { params: { path } })
          await queries.invalidateQueries()
        }}
      >
        Its URL cannot be brought back. It is refused while accounts use it.
      </Action>
    </Group>
  )
}
