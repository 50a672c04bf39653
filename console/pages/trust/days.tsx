import { Button, Text } from '@mantine/core'
import { csvLine } from '../../../services/platform/csv.ts'
import { moneyColumn, timeColumn } from '../../parts/columns.tsx'
import { addUsd, formatCount, minusUsd, signOf } from '../../parts/amounts.ts'
import { Section } from '../../parts/section.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Money } from '../../parts/money.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { Agreement } from './compared.tsx'
import type { TrustReport } from './trust.tsx'

type Day = TrustReport['days'][number]

/** An amount of one of the books, and by how much it is off where it is. */
function Held({ usd, against }: { usd: string; against: string }) {
  const off = minusUsd(usd, against)
  if (signOf(off) === 0) return <Money usd={usd} />
  return (
    <Text size="sm" c="red" fw={600} component="span" title={`${off} USD off`}>
      <Money usd={usd} /> ({signOf(off) > 0 ? '+' : ''}
      <Money usd={off} />)
    </Text>
  )
}

const COLUMNS: readonly TableColumn<Day>[] = [
  {
    id: 'day',
    header: 'Day (UTC)',
    cell: ({ day }) => (
      <Text span inherit style={{ whiteSpace: 'nowrap' }}>
        {day}
      </Text>
    ),
    value: ({ day }) => day
  },
  { id: 'result', header: 'Result', cell: ({ found }) => <Agreement found={found} />, value: ({ found }) => found },
  {
    id: 'requests',
    header: 'Events',
    cell: ({ events }) => formatCount(events.requests),
    value: ({ events }) => events.requests,
    numeric: true
  },
  moneyColumn('charged', 'Charged, by events', ({ events }) => events.charged_usd),
  {
    id: 'hourly',
    header: '= hourly totals',
    cell: ({ events, hourly }) => <Held usd={hourly.charged_usd} against={events.charged_usd} />,
    value: ({ hourly }) => hourly.charged_usd,
    numeric: true
  },
  {
    id: 'daily',
    header: '= daily totals',
    cell: ({ hourly, daily }) => <Held usd={daily.charged_usd} against={hourly.charged_usd} />,
    value: ({ daily }) => daily.charged_usd,
    numeric: true
  },
  moneyColumn('balances', 'To balances, by events', ({ balances }) => balances.charged_usd),
  {
    id: 'ledger',
    header: '= ledger entries',
    cell: ({ balances }) => <Held usd={balances.ledger_usd} against={balances.charged_usd} />,
    value: ({ balances }) => balances.ledger_usd,
    numeric: true
  },
  moneyColumn('cost', 'List cost, by events', ({ events }) => events.cost_usd, { hidden: true }),
  {
    id: 'summed',
    header: 'Summed up',
    cell: ({ balances }) => formatCount(balances.summed_up),
    value: ({ balances }) => balances.summed_up,
    numeric: true,
    hidden: true
  },
  timeColumn('verified', 'As of', ({ verified_at: at }) => at, { hidden: true })
]

const sum = (days: readonly Day[], of: (day: Day) => string) => days.reduce((total, day) => addUsd(total, of(day)), '0')

/** The same sums in each of the books, day by day. */
export function Days({ days }: { days: readonly Day[] }) {
  const all = {
    charged: sum(days, ({ events }) => events.charged_usd),
    hourly: sum(days, ({ hourly }) => hourly.charged_usd),
    daily: sum(days, ({ daily }) => daily.charged_usd),
    balances: sum(days, ({ balances }) => balances.charged_usd),
    ledger: sum(days, ({ balances }) => balances.ledger_usd)
  }
  return (
    <Section
      title="Reconciliation by day"
      aside={
        <Button
          size="compact-sm"
          variant="default"
          disabled={days.length === 0}
          onClick={() => saveFile('reconciliation.csv', 'text/csv;charset=utf-8', csvOf(days))}
        >
          Download CSV
        </Button>
      }
    >
      <Text size="sm" mb="xs" maw={760}>
        Three pairs must be equal, to the nano-dollar: the charges of the usage events and the hourly totals; the hourly and the
        daily totals; and what events charged to balances when they were settled and what the ledger took. Subscriptions are
        charged to no balance, and a re-rating is booked as an adjustment of its own.
      </Text>
      <DataTable
        name="Reconciliation by day"
        columns={COLUMNS}
        rows={days}
        empty="No day with usage has been verified yet."
        totals={{
          requests: formatCount(days.reduce((total, { events }) => total + events.requests, 0)),
          charged: <Money usd={all.charged} />,
          hourly: <Held usd={all.hourly} against={all.charged} />,
          daily: <Held usd={all.daily} against={all.hourly} />,
          balances: <Money usd={all.balances} />,
          ledger: <Held usd={all.ledger} against={all.balances} />,
          cost: <Money usd={sum(days, ({ events }) => events.cost_usd)} />
        }}
        footer={
          <Text size="sm" c="dimmed">
            {days.length === 0 ? null : `${days.length} of the last 30 days have usage`}
          </Text>
        }
      />
    </Section>
  )
}

const CSV: readonly (readonly [name: string, of: (day: Day) => string | number])[] = [
  ['day', ({ day }) => day],
  ['events', ({ events }) => events.requests],
  ['events_cost_usd', ({ events }) => events.cost_usd],
  ['events_charged_usd', ({ events }) => events.charged_usd],
  ['hourly_charged_usd', ({ hourly }) => hourly.charged_usd],
  ['daily_charged_usd', ({ daily }) => daily.charged_usd],
  ['balances_charged_usd', ({ balances }) => balances.charged_usd],
  ['ledger_usd', ({ balances }) => balances.ledger_usd],
  ['summed_up', ({ balances }) => balances.summed_up],
  ['found', ({ found }) => found],
  ['verified_at', ({ verified_at: at }) => at]
]

/** With exact amounts, the oldest day first. */
const csvOf = (days: readonly Day[]) =>
  [CSV.map(([name]) => name), ...days.toReversed().map((day) => CSV.map(([, of]) => of(day)))]
    .map((line) => `${csvLine(line)}\r\n`)
    .join('')
