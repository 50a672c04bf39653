import { Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { Card } from '../../parts/card.tsx'
import { $api, type ResponseOf } from '../../api/client.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { periodLabel } from '../../parts/periods.ts'
import { BY_CURSOR, MorePages, rowsOf } from '../../parts/paged.tsx'
import { UsedBar } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { AddSubscription, SubscriptionActions } from './subscription-actions.tsx'
import type { PersonRow } from './person.tsx'

export type SubscriptionRow = ResponseOf<'get', '/admin/v1/subscriptions'>['data'][number]

/** Somebody’s subscriptions, and what is used of their windows. */
export function PersonSubscriptions({ person: { email }, mayChange }: { person: PersonRow; mayChange: boolean }) {
  const query = { user: email, limit: 100 }
  const subscriptions = $api.useInfiniteQuery('get', '/admin/v1/subscriptions', { params: { query } }, BY_CURSOR)
  return (
    <Stack gap="xs">
      <Loaded query={{ data: rowsOf(subscriptions), error: subscriptions.error }}>
        {(rows) =>
          rows.length === 0 ? (
            <Text size="sm" c="dimmed">
              There is none: their keys are paid from the balance.
            </Text>
          ) : (
            <>
              <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
                {rows.map((row) => (
                  <SubscriptionCard key={row.id} row={row} mayChange={mayChange} />
                ))}
              </SimpleGrid>
              {subscriptions.hasNextPage ? <MorePages query={subscriptions} /> : null}
            </>
          )
        }
      </Loaded>
      {mayChange ? (
        <Group>
          <AddSubscription email={email} />
        </Group>
      ) : null}
    </Stack>
  )
}

function SubscriptionCard({ row, mayChange }: { row: SubscriptionRow; mayChange: boolean }) {
  const { group, status, starts_at: startsAt, expires_at: endsAt, windows } = row
  const limited = (windows ?? []).filter(({ limit_usd: limit }) => limit !== null)
  return (
    <Card label={`Subscription to ${group}`} name={group} state={status}>
      <Text size="sm" c="dimmed">
        since <When at={startsAt} />, ends <When at={endsAt} />
      </Text>
      {limited.length === 0 ? <Text size="sm">Its group has no limits.</Text> : null}
      {limited.map(({ kind, limit_usd: limit, used_usd: used, resets_at: resetsAt }) => (
        <UsedBar
          key={kind}
          name={`${periodLabel(kind)}, of $${limit}`}
          share={Number(used) / Number(limit)}
          resetsAt={resetsAt}
        />
      ))}
      {mayChange ? <SubscriptionActions row={row} /> : null}
    </Card>
  )
}
