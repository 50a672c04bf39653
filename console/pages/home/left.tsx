import { Alert, SimpleGrid, Text } from '@mantine/core'
import { Section } from '../../parts/section.tsx'
import { formatUsd, signOf } from '../../parts/amounts.ts'
import { Figure } from '../../parts/figure.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Money } from '../../parts/money.tsx'
import type { Me, OwnKey } from './home.tsx'
import { SubscriptionCard } from './subscription-card.tsx'

/** What may still be used: the balance, and each subscription's windows. */
export function Left({ me: { balance_usd: balance, subscriptions }, keys }: { me: Me; keys: readonly OwnKey[] }) {
  const subscribed = new Set(subscriptions.map(({ group }) => group))
  const paysFromBalance = keys.some(({ group }) => !subscribed.has(group))
  return (
    <Section title="What is left">
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
        {paysFromBalance || subscriptions.length === 0 || signOf(balance) !== 0 ? (
          <Balance balance={balance} isNeeded={paysFromBalance} />
        ) : null}
        {subscriptions.map((subscription) => (
          <SubscriptionCard key={subscription.id} subscription={subscription} />
        ))}
      </SimpleGrid>
    </Section>
  )
}

function Balance({ balance, isNeeded }: { balance: string; isNeeded: boolean }) {
  const sign = signOf(balance)
  return (
    <div>
      <Figure
        name="Balance"
        value={
          <Text span inherit {...(sign < 0 ? { c: 'var(--mantine-color-error)' } : {})}>
            <Money usd={balance} />
          </Text>
        }
        about={
          <>
            Your usage is paid from it. <PageLink to="/redeem">Redeem a code</PageLink>
          </>
        }
      />
      {sign > 0 || !isNeeded ? null : (
        <Alert color="red" variant="light" mt="xs" title={sign < 0 ? 'The balance is below zero' : 'The balance is used up'}>
          {sign < 0
            ? `The last requests cost ${formatUsd(balance.replace('-', ''))} more than there was. `
            : 'There is nothing left. '}
          New requests are refused until it is topped up: ask an operator, or redeem a code.
        </Alert>
      )}
    </div>
  )
}
