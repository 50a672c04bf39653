import { Text } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { getRouteApi, useRouteContext } from '@tanstack/react-router'
import { useMemo } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import { formatUsd } from '../../parts/amounts.ts'
import type { TableColumn } from '../../parts/data-table.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { readSearched } from '../../parts/search.ts'
import { State } from '../../parts/standing.tsx'
import { CreateGroup } from './create-group.tsx'
import { ServedBy } from './served-by.tsx'
import { useServers, type Server } from './use-servers.ts'

const route = getRouteApi('/signed-in/operators/groups')

export type GroupRow = ResponseOf<'get', '/admin/v1/groups'>['data'][number]

/** Who is served by which accounts, and who pays. */
export function Groups() {
  const { session } = useRouteContext({ from: '/signed-in' })
  const { q } = route.useSearch()
  const navigate = route.useNavigate()
  const query = { limit: 100, ...(q === undefined ? {} : { q }) }
  const groups = $api.useInfiniteQuery(
    'get',
    '/admin/v1/groups',
    { params: { query } },
    { ...BY_CURSOR, placeholderData: keepPreviousData }
  )
  const servers = useServers()
  const columns = useMemo(() => columnsOf(servers), [servers])
  return (
    <Page title="Groups" aside={mayOperate(session) ? <CreateGroup /> : null}>
      <SearchBox
        label="Search"
        placeholder="a part of a name"
        value={q ?? ''}
        onSearch={(text) => void navigate({ search: readSearched({ q: text }), replace: true })}
      />
      <PagedTable
        query={groups}
        name="Groups"
        columns={columns}
        empty={
          <Text>
            {q === undefined
              ? 'There is no group. Create one: every key and every account is in one.'
              : 'No group has that in its name.'}
          </Text>
        }
      />
    </Page>
  )
}

/** The limits of a group’s windows in a few words. */
export function limitsOf({ daily_limit_usd: day, weekly_limit_usd: week, monthly_limit_usd: month }: GroupRow): string {
  const limits = [
    [day, 'a day'],
    [week, 'a week'],
    [month, 'a month']
  ].flatMap(([usd, period]) => (usd === null || usd === undefined ? [] : [`${formatUsd(usd)} ${period}`]))
  return limits.length === 0 ? 'none' : limits.join(', ')
}

const columnsOf = (servers: ReadonlyMap<string, readonly Server[]> | undefined): readonly TableColumn<GroupRow>[] => [
  {
    id: 'name',
    header: 'Group',
    cell: ({ id, name }) => (
      <PageLink to="/groups/$id" params={{ id }}>
        <Name of={name} width={240} />
      </PageLink>
    ),
    value: ({ name }) => name
  },
  { id: 'state', header: 'State', cell: ({ status }) => <State state={status} />, value: ({ status }) => status },
  {
    id: 'served',
    header: 'Served by',
    cell: ({ name }) => <ServedBy servers={servers === undefined ? undefined : (servers.get(name) ?? [])} />,
    value: ({ name }) => servers?.get(name)?.filter(({ isUsed }) => isUsed).length ?? 0
  },
  { id: 'kind', header: 'Who pays', cell: ({ kind }) => kind, value: ({ kind }) => kind },
  { id: 'limits', header: 'Limits', cell: (row) => (row.kind === 'subscription' ? limitsOf(row) : null) },
  {
    id: 'multiplier',
    header: 'Multiplier',
    cell: ({ rate_multiplier: multiplier }) => `× ${multiplier}`,
    value: ({ rate_multiplier: multiplier }) => multiplier,
    numeric: true
  },
  {
    id: 'models',
    header: 'Models',
    cell: ({ allowed_models: models }) => (models === null ? 'all' : models.join(', ')),
    hidden: true
  },
  {
    id: 'note',
    header: 'Note',
    cell: ({ note }) => (note === null ? null : <Name of={note} />),
    value: ({ note }) => note,
    hidden: true
  }
]
