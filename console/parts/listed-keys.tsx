import { Stack } from '@mantine/core'
import { useState } from 'react'
import { $api, type ResponseOf } from '../api/client.ts'
import { stateColumn, timeColumn, userColumn } from './columns.tsx'
import type { TableColumn } from './data-table.tsx'
import { Name } from './name.tsx'
import { BY_CURSOR_KEPT } from './paged.tsx'
import { PagedTable } from './paged-table.tsx'
import { readSearched } from './search.ts'
import { SearchBox } from './search-box.tsx'

type KeyRow = ResponseOf<'get', '/admin/v1/keys'>['data'][number]

const KEY_COLUMNS: readonly TableColumn<KeyRow>[] = [
  userColumn(),
  { id: 'name', header: 'Key', cell: ({ name }) => <Name of={name} width={180} />, value: ({ name }) => name },
  stateColumn(),
  timeColumn('used', 'Last used', ({ last_used_at: at }) => at, { none: 'never' })
]

interface ListedKeysProps {
  /** Which keys. */
  of: { group: string } | { team: string }
  empty: string
}

/** The keys of a group or of a team, and so who uses it. */
export function ListedKeys({ of, empty }: ListedKeysProps) {
  const [q, setQ] = useState('')
  const kind = 'group' in of ? 'group' : 'team'
  const query = { ...of, limit: 50, ...readSearched({ q }) }
  const keys = $api.useInfiniteQuery('get', '/admin/v1/keys', { params: { query } }, BY_CURSOR_KEPT)
  return (
    <Stack gap="xs">
      {/* What is on one page is seen without it. */}
      {q === '' && !keys.hasNextPage ? null : (
        <SearchBox label="Search the keys" placeholder="a part of a name, or of an address" value={q} onSearch={setQ} />
      )}
      <PagedTable
        query={keys}
        name={`Keys of the ${kind}`}
        columns={KEY_COLUMNS}
        empty={q === '' ? empty : `No key of this ${kind} has that in its name, or in its owner’s address.`}
      />
    </Stack>
  )
}
