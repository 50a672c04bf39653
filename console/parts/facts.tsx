import { Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'

export type Fact = readonly [name: string, value: ReactNode]

/** What operators have noted of it. */
export const noteFact = (note: string | null): Fact => [
  'Note',
  note === null ? (
    'none'
  ) : (
    <Text key="note" size="sm" dir="auto">
      {note}
    </Text>
  )
]

/** What is known of one thing: names and values, one below the other. */
export function Facts({ name, facts }: { name: string; facts: readonly Fact[] }) {
  return (
    <Table variant="vertical" layout="auto" aria-label={name} verticalSpacing={6} withTableBorder>
      <Table.Tbody>
        {facts.map(([fact, value]) => (
          <Table.Tr key={fact}>
            <Table.Th w={190} scope="row" style={{ verticalAlign: 'top' }}>
              {fact}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
