import { Stack } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, type ResponseOf } from '../api/client.ts'
import { timeColumn } from './columns.tsx'
import type { TableColumn } from './data-table.tsx'
import { Name } from './name.tsx'
import { BY_CURSOR } from './paged.tsx'
import { PagedTable } from './paged-table.tsx'
import { PersonLink } from './person-link.tsx'
import { SearchBox } from './search-box.tsx'
import { State } from './standing.tsx'

type KeyRow = ResponseOf<'get', '/admin/v1/keys'>['data'][number]

const KEY_COLUMNS: readonly TableColumn<KeyRow>[] = [
  {
    id: 'user',
    header: 'User',
    cell: ({ user_email: email }) => <PersonLink email={email} />,
    value: ({ user_email: email }) => email
  },
  { id: 'name', header: 'Key', cell: ({ name }) => <Name of={name} width={180} />, value: ({ name }) => name },
  { id: 'state', header: 'State', cell: ({ status }) => <State state={status} />, value: ({ status }) => status },
  timeColumn('used', 'Last used', ({ last_used_at: at }) => at, { none: 'never' })
]

interface ListedKeysProps {
  name: string
  /** Which keys. */
  of: { group: string } | { team: string }
  empty: string
  notFound: string
}

/** The keys of a group or of a team, and so who uses it. */
export function ListedKeys({ name, of, empty, notFound }: ListedKeysProps) {
  const [q, setQ] = useState('')
  const query = { ...of, limit: 50, ...(q === '' ? {} : { q }) }
  const keys = $api.useInfiniteQuery(
    'get',
    '/admin/v1/keys',
    { params: { query } },
    { ...BY_CURSOR, placeholderData: keepPreviousData }
  )
  return (
    <Stack gap="xs">
      {/* What is on one page is seen without it. */}
      {q === '' && !keys.hasNextPage ? null : (
        <SearchBox label="Search the keys" placeholder="a part of a name, or of an address" value={q} onSearch={setQ} />
      )}
      <PagedTable query={keys} name={name} columns={KEY_COLUMNS} empty={q === '' ? empty : notFound} />
    </Stack>
  )
}
