import { Stack } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { timeColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { PageLink } from '../../parts/links.tsx'
import { NotStated } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { State } from '../../parts/standing.tsx'

type KeyRow = ResponseOf<'get', '/admin/v1/keys'>['data'][number]
type SubscriptionRow = ResponseOf<'get', '/admin/v1/subscriptions'>['data'][number]

/** Leads to the person whose address it is. */
function Person({ email }: { email: string | null }) {
  if (email === null) return <NotStated />
  return (
    <PageLink to="/people/$id" params={{ id: email }}>
      <Name of={email} width={280} />
    </PageLink>
  )
}

const KEY_COLUMNS: readonly TableColumn<KeyRow>[] = [
  {
    id: 'user',
    header: 'User',
    cell: ({ user_email: email }) => <Person email={email} />,
    value: ({ user_email: email }) => email
  },
  { id: 'name', header: 'Key', cell: ({ name }) => <Name of={name} width={180} />, value: ({ name }) => name },
  { id: 'state', header: 'State', cell: ({ status }) => <State state={status} />, value: ({ status }) => status },
  timeColumn('used', 'Last used', ({ last_used_at: at }) => at, { none: 'never' })
]

/** The keys of a group, and so who uses it. */
export function GroupKeys({ group }: { group: string }) {
  const [q, setQ] = useState('')
  const query = { group, limit: 50, ...(q === '' ? {} : { q }) }
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
      <PagedTable
        query={keys}
        name="Keys of the group"
        columns={KEY_COLUMNS}
        empty={
          q === ''
            ? 'No key is in this group. A key’s group is chosen when it is created.'
            : 'No key of this group has that in its name, or in its owner’s address.'
        }
      />
    </Stack>
  )
}

const SUBSCRIPTION_COLUMNS: readonly TableColumn<SubscriptionRow>[] = [
  {
    id: 'user',
    header: 'User',
    cell: ({ user_email: email }) => <Person email={email} />,
    value: ({ user_email: email }) => email
  },
  { id: 'state', header: 'State', cell: ({ status }) => <State state={status} />, value: ({ status }) => status },
  timeColumn('ends', 'Ends', ({ expires_at: at }) => at)
]

/** Who is subscribed to a group. */
export function GroupSubscriptions({ group }: { group: string }) {
  const query = { group, limit: 50 }
  const subscriptions = $api.useInfiniteQuery('get', '/admin/v1/subscriptions', { params: { query } }, BY_CURSOR)
  return (
    <PagedTable
      query={subscriptions}
      name="Subscriptions to the group"
      columns={SUBSCRIPTION_COLUMNS}
      empty="Nobody is subscribed to this group. People are subscribed on their own page."
    />
  )
}
