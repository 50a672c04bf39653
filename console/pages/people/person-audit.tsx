import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR, MorePages, rowsOf } from '../../parts/paged.tsx'
import { When } from '../../parts/when.tsx'

type Entry = ResponseOf<'get', '/admin/v1/audit-log'>['data'][number]

const COLUMNS: readonly TableColumn<Entry>[] = [
  { id: 'at', header: 'When', cell: ({ at }) => <When at={at} />, value: ({ at }) => at },
  { id: 'actor', header: 'Who', cell: ({ actor }) => <Name of={actor} width={200} />, value: ({ actor }) => actor },
  { id: 'action', header: 'What', cell: ({ action }) => action, value: ({ action }) => action },
  { id: 'detail', header: 'Before → after', cell: ({ detail }) => <Detail detail={detail} /> }
]

/** What was changed about somebody, newest first. */
export function PersonAudit({ email }: { email: string }) {
  const query = { subject: `user ${email}`, limit: 20 }
  const entries = $api.useInfiniteQuery('get', '/admin/v1/audit-log', { params: { query } }, BY_CURSOR)
  return (
    <Loaded query={{ data: rowsOf(entries), error: entries.error }}>
      {(rows) => (
        <DataTable
          name="Audit log"
          columns={COLUMNS}
          rows={rows}
          rowKey={({ id }) => id}
          isWhole={!entries.hasNextPage}
          empty="Nobody has changed anything about them since they were added."
          footer={<MorePages query={entries} />}
        />
      )}
    </Loaded>
  )
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const inWords = (value: unknown) =>
  value === null || value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)

/** What the row says besides, or means nothing to a reader. */
const UNTOLD = new Set(['id', 'user_email', 'created_at'])

function Detail({ detail }: { detail: unknown }) {
  if (!isObject(detail)) return detail === null || detail === undefined ? null : inWords(detail)
  const { before, after, ...rest } = detail
  const from = isObject(before) ? before : {}
  const to = isObject(after) ? after : {}
  const changed = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  return (
    <Stack gap={0}>
      {changed.map((field) => (
        <Line key={field} field={field}>
          {field in from ? `${inWords(from[field])} → ` : ''}
          {inWords(to[field])}
        </Line>
      ))}
      {Object.entries(rest)
        .filter(([field]) => !UNTOLD.has(field))
        .map(([field, value]) => (
          <Line key={field} field={field}>
            {inWords(value)}
          </Line>
        ))}
    </Stack>
  )
}

function Line({ field, children }: { field: string; children: ReactNode }) {
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }} maw={520}>
      {field}: <bdi>{children}</bdi>
    </Text>
  )
}
