import { Badge, Stack, Text } from '@mantine/core'
import { Section } from '../../parts/section.tsx'
import { formatCount } from '../../parts/amounts.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Money } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import type { Verification } from './trust.tsx'
import { COMPARISONS, thingsInWords } from './words.ts'

interface Comparison {
  id: string
  left: string
  right: string
  checked: string
  found: number
  /** Null where it is about no amount. */
  difference: string | null
}

const COLUMNS: readonly TableColumn<Comparison>[] = [
  {
    id: 'result',
    header: 'Result',
    cell: ({ found }) => <Agreement found={found} />,
    value: ({ found }) => found
  },
  { id: 'left', header: 'What is on record', cell: ({ left }) => left },
  { id: 'right', header: 'is held against', cell: ({ right }) => right },
  { id: 'checked', header: 'Looked at', cell: ({ checked }) => checked, numeric: true },
  { id: 'difference', header: 'Differs by', cell: ({ difference }) => <Money usd={difference} />, numeric: true }
]

/** Whether it agrees, in words and colour. */
export function Agreement({ found }: { found: number }) {
  return (
    <Badge variant="light" tt="none" miw="max-content" color={found === 0 ? 'green' : 'red'}>
      {found === 0 ? 'agrees' : `${formatCount(found)} ${found === 1 ? 'differs' : 'differ'}`}
    </Badge>
  )
}

/** Which pairs were compared, and each value that differs. */
export function Compared({ verification }: { verification: Verification }) {
  const { checked, kinds, drifts } = verification
  const rows = COMPARISONS.map(({ kind, left, right, of }) => {
    const sum = kinds.find((one) => one.kind === kind)
    return {
      id: kind,
      left,
      right,
      checked: thingsInWords(of, checked),
      found: sum?.found ?? 0,
      difference: kind === 'lost' ? null : (sum?.difference_usd ?? '0')
    }
  })
  return (
    <Stack gap="lg">
      {drifts.length === 0 ? null : <Drifts verification={verification} />}
      <Section title="What was compared">
        <DataTable name="What was compared" columns={COLUMNS} rows={rows} empty="" isWhole={false} />
      </Section>
    </Stack>
  )
}

type Drift = Verification['drifts'][number]

const DRIFTS: readonly TableColumn<Drift>[] = [
  { id: 'kind', header: 'Kind', cell: ({ kind }) => kind.replace('-', ' '), value: ({ kind }) => kind },
  { id: 'subject', header: 'Of', cell: ({ subject }) => <Name of={subject} width={420} />, value: ({ subject }) => subject },
  { id: 'field', header: 'Value', cell: ({ field }) => field, value: ({ field }) => field },
  { id: 'recorded', header: 'On record', cell: ({ recorded }) => recorded ?? 'missing', numeric: true },
  { id: 'recomputed', header: 'Ought to be', cell: ({ recomputed }) => recomputed, numeric: true }
]

function Drifts({ verification: { drifts, found } }: { verification: Verification }) {
  return (
    <Section title="What differs">
      <DataTable
        name="What differs"
        columns={DRIFTS}
        rows={drifts}
        rowKey={({ kind, subject, field }) => `${kind} ${subject} ${field}`}
        empty=""
        footer={
          <Text size="sm" c="dimmed">
            {drifts.length < found ? `the first of ${formatCount(found)}` : null}
          </Text>
        }
      />
    </Section>
  )
}
