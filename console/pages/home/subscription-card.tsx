import { Group, Progress, Text } from '@mantine/core'
import { Card } from '../../parts/card.tsx'
import { formatShare, minusUsd, signOf } from '../../parts/amounts.ts'
import { Money } from '../../parts/money.tsx'
import { periodLabel } from '../../parts/periods.ts'
import { formatMoment } from '../../parts/times.ts'
import { When } from '../../parts/when.tsx'
import type { Me } from './home.tsx'

type Subscription = Me['subscriptions'][number]
type Window = NonNullable<Subscription['windows']>[number]

/** A subscription: its state, and what is left of each of its windows. */
export function SubscriptionCard({ subscription }: { subscription: Subscription }) {
  const { group, status, starts_at: startsAt, expires_at: expiresAt, windows } = subscription
  const limited = (windows ?? []).filter(({ limit_usd: limit }) => limit !== null)
  return (
    <Card label={`Subscription ${group}`} name={group} state={status}>
      <Text size="sm" c="dimmed">
        {status === 'upcoming' ? (
          <>
            Begins <When at={startsAt} />
          </>
        ) : (
          <>
            {status === 'expired' ? 'Ended' : 'Ends'} <When at={expiresAt} />
          </>
        )}
      </Text>
      {limited.length === 0 ? <Text size="sm">There is no limit to what it may be used for.</Text> : null}
      {limited.map((window) => (
        <WindowLeft key={window.kind} window={window} />
      ))}
    </Card>
  )
}

function WindowLeft({ window: { kind, limit_usd: limit, used_usd: used, resets_at: resetsAt } }: { window: Window }) {
  if (limit === null) return null
  const left = minusUsd(limit, used)
  const isUsedUp = signOf(left) <= 0
  const share = Math.min(1, Number(used) / Number(limit))
  const name = periodLabel(kind)
  return (
    <div role="group" aria-label={name}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          {name}:{' '}
          {isUsedUp ? (
            <Text span inherit c="var(--mantine-color-error)" fw={600}>
              used up
            </Text>
          ) : (
            <>
              <b>
                <Money usd={left} />
              </b>{' '}
              left
            </>
          )}{' '}
          of <Money usd={limit} />
        </Text>
        <Text size="xs" c="dimmed">
          {formatShare(share)} used
        </Text>
      </Group>
      <Progress
        value={share * 100}
        color={share >= 0.95 ? 'red' : share >= 0.75 ? 'orange' : 'green'}
        aria-label={`${name} used`}
      />
      <Text size="xs" c="dimmed" mt={2}>
        {resetsAt === null ? (
          'begins with the next request'
        ) : (
          <>
            resets <When at={resetsAt} />, {formatMoment(Date.parse(resetsAt))}
          </>
        )}
      </Text>
    </div>
  )
}
