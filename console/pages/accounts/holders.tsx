import { $api, type ResponseOf } from '../../api/client.ts'
import { timeColumn } from '../../parts/columns.tsx'
import { Section } from '../../parts/section.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Name } from '../../parts/name.tsx'

type Holder = ResponseOf<'get', '/admin/v1/accounts/{id}/holders'>['data'][number]

const POLL_MS = 5000

const COLUMNS: readonly TableColumn<Holder>[] = [
  { id: 'user', header: 'User', cell: ({ user_email: email }) => <Name of={email} />, value: ({ user_email: email }) => email },
  { id: 'session', header: 'Session', cell: ({ session }) => session ?? 'none', value: ({ session }) => session },
  {
    id: 'inFlight',
    header: 'In flight',
    cell: (holder) => holder.in_flight,
    value: (holder) => holder.in_flight,
    numeric: true
  },
  timeColumn('since', 'Since', ({ since }) => since)
]

/** Whose requests an account serves now. */
export function Holders({ id }: { id: string }) {
  const holders = $api.useQuery(
    'get',
    '/admin/v1/accounts/{id}/holders',
    { params: { path: { id } } },
    { refetchInterval: POLL_MS }
  )
  return (
    <Section title="Who is on it">
      <Loaded query={holders}>
        {({ data }) => (
          <DataTable
            name="Who is on it"
            columns={COLUMNS}
            rows={data}
            rowKey={({ user_id: user, session }) => `${user} ${session}`}
            empty="Nobody has a request on it now."
          />
        )}
      </Loaded>
    </Section>
  )
}
