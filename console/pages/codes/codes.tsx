import { Group, Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { $api, type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { timeColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { Money } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { State } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { CodeActions } from './code-actions.tsx'
import { NewCodes } from './new-codes.tsx'
import { KINDS, STATUSES, type CodeFilters } from './search.ts'

export type CodeRow = ResponseOf<'get', '/admin/v1/codes'>['data'][number]

/** Codes that people redeem once: for money, or for days of a subscription. */
export function Codes() {
  const filters = useSearch({ from: '/signed-in/operators/codes' })
  const mayChange = useMayOperate()
  const codes = $api.useInfiniteQuery('get', '/admin/v1/codes', { params: { query: { ...filters, limit: 100 } } }, BY_CURSOR)
  const isFiltered = Object.keys(filters).length > 0
  return (
    <Page title="Codes" aside={mayChange ? <NewCodes /> : null}>
      <Filters filters={filters} />
      <PagedTable
        query={codes}
        name="Codes"
        columns={mayChange ? [...COLUMNS, ACTIONS] : COLUMNS}
        empty={
          isFiltered
            ? 'No code is like that.'
            : 'There is no code. Create some, and hand them out: whoever comes first redeems one.'
        }
      />
    </Page>
  )
}

const FILTERS = [
  ['kind', 'Kind', KINDS],
  ['status', 'Status', STATUSES]
] as const

function Filters({ filters }: { filters: CodeFilters }) {
  const navigate = useNavigate({ from: '/codes' })
  return (
    <Group>
      {FILTERS.map(([name, label, values]) => (
        <Select
          key={name}
          label={label}
          data={[...values]}
          value={filters[name] ?? null}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, [name]: value ?? undefined }), replace: true })}
          placeholder="any"
          clearable
          w={{ base: 'calc(50% - 5px)', xs: 160 }}
        />
      ))}
    </Group>
  )
}

const COLUMNS: readonly TableColumn<CodeRow>[] = [
  { id: 'id', header: 'ID', cell: ({ id }) => id, value: ({ id }) => Number(id), numeric: true },
  { id: 'hint', header: 'Begins with', cell: ({ hint }) => hint, value: ({ hint }) => hint },
  {
    id: 'status',
    header: 'Status',
    cell: ({ status }) => <State state={status ?? 'unknown'} />,
    value: ({ status }) => status
  },
  {
    id: 'worth',
    header: 'Worth',
    cell: ({ amount_usd: amount, days, group }) =>
      amount === null ? (
        <>
          {days} {days === 1 ? 'day' : 'days'} of <Name of={group ?? ''} width={160} />
        </>
      ) : (
        <Money usd={amount} />
      )
  },
  timeColumn('created', 'Created', ({ created_at: at }) => at),
  timeColumn('expires', 'Expires', ({ expires_at: at }) => at, { none: 'never' }),
  {
    id: 'redeemed',
    header: 'Redeemed',
    cell: ({ redeemed_at: at, redeemed_by: by }) =>
      at === null ? (
        ''
      ) : (
        <>
          <Name of={by ?? 'somebody who was deleted'} width={200} /> <When at={at} />
        </>
      ),
    value: ({ redeemed_at: at }) => at
  },
  { id: 'note', header: 'Note', cell: ({ note }) => <Name of={note ?? ''} width={200} />, value: ({ note }) => note }
]

const ACTIONS: TableColumn<CodeRow> = { id: 'actions', header: 'Do', cell: (row) => <CodeActions row={row} /> }
