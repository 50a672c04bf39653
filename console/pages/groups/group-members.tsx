import { $api, type ResponseOf } from '../../api/client.ts'
import { timeColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { PersonLink } from '../../parts/person-link.tsx'
import { State } from '../../parts/standing.tsx'

type SubscriptionRow = ResponseOf<'get', '/admin/v1/subscriptions'>['data'][number]

const SUBSCRIPTION_COLUMNS: readonly TableColumn<SubscriptionRow>[] = [
  {
    id: 'user',
    header: 'User',
    cell: ({ user_email: email }) => <PersonLink email={email} />,
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
