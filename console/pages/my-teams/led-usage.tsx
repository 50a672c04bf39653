import { SegmentedControl, Stack } from '@mantine/core'
import { useState } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { formatCount } from '../../parts/amounts.ts'
import { moneyColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'

type Sums = ResponseOf<'get', '/me/v1/teams/{id}/usage-summary'>['data'][number]

const DAY_MS = 24 * 60 * 60 * 1000
const SPANS = [
  { value: '1', label: '24 hours' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' }
]

const nameOf = ({ user_email: email = null, user_id: id = '' }: Sums) => email ?? `deleted user ${id}`

const COLUMNS: readonly TableColumn<Sums>[] = [
  { id: 'user', header: 'Member', cell: (row) => <Name of={nameOf(row)} width={240} />, value: nameOf },
  moneyColumn('charged', 'Charged', ({ charged_usd: usd }) => usd),
  {
    id: 'requests',
    header: 'Requests',
    cell: ({ requests }) => formatCount(requests),
    value: ({ requests }) => requests,
    numeric: true
  },
  {
    id: 'output',
    header: 'Output tokens',
    cell: ({ output_tokens: count }) => formatCount(count),
    value: ({ output_tokens: count }) => count,
    numeric: true
  }
]

/** What was used in a team that the reader leads, by who used it. */
export function LedUsage({ id }: { id: string }) {
  const [days, setDays] = useState('30')
  // By full hours, of which the sums are made.
  const from = new Date(Math.floor((Date.now() - Number(days) * DAY_MS) / 3_600_000) * 3_600_000).toISOString()
  const query = { group_by: 'user', from, limit: 1000 }
  const sums = $api.useInfiniteQuery('get', '/me/v1/teams/{id}/usage-summary', { params: { path: { id }, query } }, BY_CURSOR)
  return (
    <Stack gap="xs" align="stretch">
      <SegmentedControl aria-label="Time" data={SPANS} value={days} onChange={setDays} w="fit-content" />
      <PagedTable
        query={sums}
        name="Usage by member"
        columns={COLUMNS}
        rowKey={({ user_id: user = '' }) => user}
        empty="Nothing was used in this time."
      />
    </Stack>
  )
}
