import { $api, type ResponseOf } from '../../api/client.ts'
import { stateColumn, timeColumn, userColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'

type SubscriptionRow = ResponseOf<'get', '/admin/v1/subscriptions'>['data'][number]

const SUBSCRIPTION_COLUMNS: readonly TableColumn<SubscriptionRow>[] = [
  userColumn(),
  stateColumn(),
  timeColumn('ends', 'Ends', ({ expires_at: at }) => at)
]

/** Who is subscribed to a group. */
export function GroupSubscriptions({ group }: { group: string }) {
  const subscriptions = $api.useInfiniteQuery(
    'get',
    '/admin/v1/subscriptions',
    { params: { query: { group, limit: 50 } } },
    BY_CURSOR
  )
  return (
    <PagedTable
      query={subscriptions}
      name="Subscriptions to the group"
      columns={SUBSCRIPTION_COLUMNS}
      empty="Nobody is subscribed to this group. People are subscribed on their own page."
    />
  )
}
