import { Group, Text } from '@mantine/core'
import { Section } from '../../parts/section.tsx'
import { formatCount, formatMs } from '../../parts/amounts.ts'
import type { Overview } from './now.tsx'

/** What it all stands on: replicas, database, Redis, journal. */
export function Ground({ overview: { phase, database, slots, replicas, journal, version } }: { overview: Overview }) {
  const backlog = journal.oldest_age_ms === null ? 'settled' : `oldest line ${formatMs(journal.oldest_age_ms)} old`
  return (
    <Section title="What it stands on">
      <Group gap="lg">
        <Text size="sm">version {version}</Text>
        <Text size="sm">{phase}</Text>
        <Text size="sm">
          {replicas} {replicas === 1 ? 'replica' : 'replicas'}
        </Text>
        <Text size="sm">database {database}</Text>
        <Text size="sm">slots {slots}</Text>
        <Text size="sm">
          journal {journal.accepting ? '' : 'full: new requests are refused; '}
          {backlog}, {formatCount(journal.bytes)} bytes
        </Text>
      </Group>
    </Section>
  )
}
