import { Group, Text } from '@mantine/core'
import { $api, api, type RequestOf, type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import type { TableColumn } from '../../parts/data-table.tsx'
import { textOf } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { Name } from '../../parts/name.tsx'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { NAME, NOTE, URL_FIELD } from './fields.ts'
import { ProxyActions } from './proxy-actions.tsx'

export type ProxyRow = ResponseOf<'get', '/admin/v1/proxies'>['data'][number]

/** The ways to the upstream. Their URLs may have passwords in them, and are never shown. */
export function Proxies() {
  const mayChange = useMayOperate()
  const proxies = $api.useInfiniteQuery('get', '/admin/v1/proxies', { params: { query: { limit: 200 } } }, BY_CURSOR)
  const columns = mayChange ? [...COLUMNS, ACTIONS] : COLUMNS
  return (
    <Page title="Proxies" aside={mayChange ? <AddProxy /> : null}>
      <Text size="sm">An account’s requests, its sign-in and its renewals go through its proxy. Their URLs are not shown.</Text>
      <PagedTable
        query={proxies}
        name="Proxies"
        columns={columns}
        empty="There is no proxy: all accounts reach their upstream directly. Add one if yours is behind it."
      />
    </Page>
  )
}

const COLUMNS: readonly TableColumn<ProxyRow>[] = [
  { id: 'name', header: 'Proxy', cell: ({ name }) => <Name of={name} />, value: ({ name }) => name },
  { id: 'note', header: 'Note', cell: ({ note }) => <Name of={note ?? ''} width={420} />, value: ({ note }) => note }
]

const ACTIONS: TableColumn<ProxyRow> = { id: 'actions', header: 'Do', cell: (row) => <ProxyActions row={row} /> }

const NEW_FIELDS = [NAME, { ...URL_FIELD, required: true }, NOTE]

function AddProxy() {
  return (
    <Group>
      <FormDialog
        label="Add a proxy"
        title="Add a proxy"
        verb="Add"
        variant="filled"
        fields={NEW_FIELDS}
        done={({ name }) => `${textOf(name)} is added`}
        command={({ name = 'NAME', ...given }) => ['proxies', 'add', textOf(name), ...optionWords(given, [NOTE])]}
        run={(given) => api.POST('/admin/v1/proxies', { body: given as RequestOf<'post', '/admin/v1/proxies'> })}
      />
    </Group>
  )
}
