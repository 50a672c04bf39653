import { Group, Paper, Text } from '@mantine/core'
import { PageLink } from '../../parts/links.tsx'
import { Money } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { State } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { Balance } from './balance.tsx'
import { SlotsInUse } from './people-columns.tsx'
import type { ListedPerson } from './people.tsx'

/** A person in a list on a narrow screen. */
export function PersonCard({ person }: { person: ListedPerson }) {
  const { id, email, role, status, balance_usd: balance, spend, last_used_at: usedAt } = person
  return (
    <Paper withBorder p="sm" component="article" aria-label={email}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <PageLink to="/people/$id" params={{ id }} style={{ minWidth: 0 }}>
          <Name of={email} width="100%" />
        </PageLink>
        {status === 'active' ? null : <State state={status} />}
      </Group>
      <Group justify="space-between" gap="xs" mt={4}>
        <Text size="sm" c="dimmed" component="div">
          {role === 'user' ? '' : `${role}, `}
          slots: <SlotsInUse person={person} />
        </Text>
        <Text size="sm" component="div">
          balance <Balance usd={balance} />
        </Text>
      </Group>
      <Group justify="space-between" gap="xs" mt={4}>
        <Text size="sm" c="dimmed" component="div">
          {usedAt === null ? (
            'never used'
          ) : (
            <>
              used <When at={usedAt} />
            </>
          )}
        </Text>
        <Text size="sm" component="div">
          <Money usd={spend?.today.charged_usd} /> today, <Money usd={spend?.month.charged_usd} /> this month
        </Text>
      </Group>
    </Paper>
  )
}
