import { useSearch } from '@tanstack/react-router'
import { $api, type ResponseOf } from '../../api/client.ts'
import type { TableColumn } from '../../parts/data-table.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { When } from '../../parts/when.tsx'
import { Chain } from './chain.tsx'
import { Detail } from './detail.tsx'
import { Filters } from './filters.tsx'

export type AuditEntry = ResponseOf<'get', '/admin/v1/audit-log'>['data'][number]

/** Who changed what, and whether the log is as it was written. */
export function Audit() {
  const filters = useSearch({ from: '/signed-in/operators/audit' })
  const entries = $api.useInfiniteQuery(
    'get',
    '/admin/v1/audit-log',
    { params: { query: { ...filters, limit: 100 } } },
    BY_CURSOR
  )
  return (
    <Page title="Audit">
      <Chain />
      <Filters key={JSON.stringify(filters)} filters={filters} />
      <PagedTable query={entries} name="Audit log" columns={COLUMNS} isWhole={false} empty="Nothing was changed that fits." />
    </Page>
  )
}

/** A value that leads to all entries that have it. */
function Only({ name, of }: { name: 'actor' | 'action' | 'subject'; of: string }) {
  return (
    <PageLink from="/audit" to="/audit" search={(old) => ({ ...old, [name]: of })}>
      <Name of={of} width={240} />
    </PageLink>
  )
}

const COLUMNS: readonly TableColumn<AuditEntry>[] = [
  { id: 'at', header: 'When', cell: ({ at }) => <When at={at} /> },
  { id: 'actor', header: 'Who', cell: ({ actor }) => <Only name="actor" of={actor} /> },
  { id: 'action', header: 'Did', cell: ({ action }) => <Only name="action" of={action} /> },
  { id: 'subject', header: 'To', cell: ({ subject }) => <Only name="subject" of={subject} /> },
  { id: 'detail', header: 'Before → after', cell: ({ detail }) => <Detail detail={detail} /> },
  { id: 'address', header: 'From', cell: ({ client_address: address }) => address, hidden: true },
  { id: 'agent', header: 'With', cell: ({ user_agent: agent }) => <Name of={agent ?? ''} />, hidden: true },
  { id: 'request', header: 'Request', cell: ({ request_id: id }) => id, hidden: true },
  { id: 'exchange', header: 'Exchange', cell: ({ exchange_id: id }) => id, hidden: true },
  { id: 'seq', header: 'Seq', cell: ({ seq }) => seq, hidden: true },
  { id: 'hash', header: 'Hash', cell: ({ hash }) => <Name of={hash ?? ''} width={120} />, hidden: true }
]
