import { useMemo } from 'react'
import type { ResponseOf } from '../../api/client.ts'
import { formatUsd } from '../../parts/amounts.ts'
import { nameColumn, noteColumn, stateColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { SearchedList } from '../../parts/searched-list.tsx'
import { CreateGroup } from './create-group.tsx'
import { ServedBy } from './served-by.tsx'
import { useServers, type Server } from './use-servers.ts'

export type GroupRow = ResponseOf<'get', '/admin/v1/groups'>['data'][number]

/** Who is served by which accounts, and who pays. */
export function Groups() {
  const servers = useServers()
  const columns = useMemo(() => columnsOf(servers), [servers])
  return (
    <SearchedList
      path="/groups"
      title="Groups"
      create={<CreateGroup />}
      columns={columns}
      empty="There is no group. Create one: every key and every account is in one."
      notFound="No group has that in its name."
    />
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
  nameColumn('Group', '/groups/$id'),
  stateColumn(),
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
  noteColumn()
]
