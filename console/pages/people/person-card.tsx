import { Group, Paper, Text } from '@mantine/core'
import { PageLink } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import { State } from '../../parts/standing.tsx'
import { Balance } from './balance.tsx'
import { slotsOf } from './people-columns.tsx'
import type { ListedPerson } from './people.tsx'

/** A person in a list on a narrow screen. */
export function PersonCard({ person }: { person: ListedPerson }) {
  const { id, email, role, status, concurrency, balance_usd: balance } = person
  return (
    <Paper withBorder p="sm" component="article" aria-label={email}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <PageLink to="/people/$id" params={{ id }} style={{ minWidth: 0 }}>
          <Name of={email} width="100%" />
        </PageLink>
        {status === 'active' ? null : <State state={status} />}
      </Group>
      <Group justify="space-between" gap="xs" mt={4}>
        <Text size="sm" c="dimmed">
          {role === 'user' ? '' : `${role}, `}
          {concurrency === 1 ? '1 slot' : `${slotsOf(concurrency)} slots`}
        </Text>
        <Text size="sm" component="div">
          <Balance usd={balance} />
        </Text>
      </Group>
    </Paper>
  )
}
