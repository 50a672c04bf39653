import { Title } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Name } from '../../parts/name.tsx'
import { When } from '../../parts/when.tsx'

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
  { id: 'since', header: 'Since', cell: ({ since }) => <When at={since} />, value: ({ since }) => since }
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
    <section aria-labelledby="holders">
      <Title order={2} id="holders" mb="xs">
        Who is on it
      </Title>
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
    </section>
  )
}
