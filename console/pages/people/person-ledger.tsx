import { $api, type ResponseOf } from '../../api/client.ts'
import { moneyColumn, timeColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { Balance } from './balance.tsx'

type Entry = ResponseOf<'get', '/admin/v1/ledger-entries'>['data'][number]

const COLUMNS: readonly TableColumn<Entry>[] = [
  timeColumn('at', 'When', ({ created_at: at }) => at),
  { id: 'kind', header: 'What', cell: ({ kind }) => kind, value: ({ kind }) => kind },
  moneyColumn('amount', 'Amount', ({ amount_usd: usd }) => usd),
  {
    id: 'after',
    header: 'Balance after',
    cell: ({ balance_after_usd: usd }) => <Balance usd={usd} />,
    value: ({ balance_after_usd: usd }) => usd,
    numeric: true
  },
  { id: 'note', header: 'Note', cell: ({ note }) => (note === null ? null : <Name of={note} />), value: ({ note }) => note },
  { id: 'source', header: 'Source', cell: ({ source_id: source }) => <Name of={source} width={200} />, hidden: true }
]

/** What changed somebody’s balance, newest first. */
export function PersonLedger({ email }: { email: string }) {
  const query = { user: email, limit: 20 }
  const entries = $api.useInfiniteQuery('get', '/admin/v1/ledger-entries', { params: { query } }, BY_CURSOR)
  return (
    <PagedTable
      query={entries}
      name="Ledger entries"
      columns={COLUMNS}
      empty="Nothing has changed the balance yet. Top it up, and the first entry is here."
    />
  )
}
