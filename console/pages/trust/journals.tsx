import { Badge, Text } from '@mantine/core'
import { Section } from '../../parts/section.tsx'
import { formatCount } from '../../parts/amounts.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { NotStated } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { When } from '../../parts/when.tsx'
import type { TrustReport } from './trust.tsx'
import { MODES } from './words.ts'

type Replica = TrustReport['replicas'][number]

const standingOf = ({ live, stopped, journal }: Replica) => {
  if (live) return { word: 'there', color: 'green' }
  if (stopped) return { word: 'stopped', color: 'gray' }
  return { word: 'gone', color: (journal?.unsettled ?? 1) + (journal?.in_flight ?? 1) > 0 ? 'red' : 'orange' }
}

const count = (of: number | undefined) => (of === undefined ? <NotStated /> : formatCount(of))

const COLUMNS: readonly TableColumn<Replica>[] = [
  { id: 'name', header: 'Replica', cell: ({ name }) => <Name of={name} />, value: ({ name }) => name },
  {
    id: 'standing',
    header: 'State',
    cell: (replica) => {
      const { word, color } = standingOf(replica)
      return (
        <Badge variant="light" tt="none" miw="max-content" color={color}>
          {word}
        </Badge>
      )
    }
  },
  {
    id: 'unsettled',
    header: 'Not settled',
    cell: ({ journal }) => count(journal?.unsettled),
    value: ({ journal }) => journal?.unsettled ?? null,
    numeric: true
  },
  {
    id: 'oldest',
    header: 'Oldest since',
    cell: ({ journal }) =>
      journal === null ? <NotStated /> : journal.oldest_at === null ? 'none waits' : <When at={journal.oldest_at} />
  },
  { id: 'flight', header: 'In flight', cell: ({ journal }) => count(journal?.in_flight), numeric: true },
  { id: 'segments', header: 'Segments', cell: ({ journal }) => count(journal?.segments), numeric: true },
  { id: 'bytes', header: 'Bytes', cell: ({ journal }) => count(journal?.bytes), numeric: true },
  {
    id: 'degraded',
    header: 'Now',
    cell: ({ degraded, journal, live }) =>
      degraded.length > 0
        ? degraded.map(({ mode, meanwhile }) => (
            <Text key={mode} size="xs" maw={360}>
              {MODES[mode]}: {meanwhile}
            </Text>
          ))
        : live && journal !== null
          ? 'complete'
          : null
  },
  { id: 'seen', header: 'Said', cell: ({ reported_at: at }) => <When at={at} /> },
  { id: 'version', header: 'Version', cell: ({ version }) => version, hidden: true }
]

/** What each replica has on its disk that is not on record yet. */
export function Journals({ replicas }: { replicas: readonly Replica[] }) {
  return (
    <Section title="Journals">
      <Text size="sm" mb="xs" maw={760}>
        What a request used is written to its replica’s disk before the response ends, and settled from there. So nothing is
        lost while the database is away; a replica that is gone settles the rest when it starts again on its data folder.
      </Text>
      <DataTable
        name="Journals"
        columns={COLUMNS}
        rows={replicas}
        rowKey={({ instance_id: id }) => id}
        empty="No replica has said anything of itself yet."
      />
    </Section>
  )
}
