import { Badge, Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { moneyColumn, timeColumn } from '../../parts/columns.tsx'
import { Section } from '../../parts/section.tsx'
import { formatCount } from '../../parts/amounts.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Name } from '../../parts/name.tsx'
import { OverrideNew } from './override.tsx'

type Unpriced = ResponseOf<'get', '/admin/v1/unpriced-models'>['data'][number]

const COLUMNS: readonly TableColumn<Unpriced>[] = [
  { id: 'model', header: 'Model', cell: ({ id }) => <Name of={id} />, value: ({ id }) => id },
  {
    id: 'requests',
    header: 'Requests',
    cell: ({ requests }) => formatCount(requests),
    value: ({ requests }) => requests,
    numeric: true
  },
  moneyColumn('charged', 'Charged', ({ charged_usd: usd }) => usd),
  moneyColumn('cost', 'List cost', ({ cost_usd: usd }) => usd, { hidden: true }),
  timeColumn('first', 'First', ({ first_seen_at: at }) => at),
  timeColumn('last', 'Last', ({ last_seen_at: at }) => at),
  {
    id: 'now',
    header: 'Now',
    cell: ({ has_price: hasPrice }) => (
      <Badge variant="light" tt="none" miw="max-content" color={hasPrice ? 'green' : 'orange'}>
        {hasPrice ? 'has a price' : 'has none'}
      </Badge>
    ),
    value: ({ has_price: hasPrice }) => String(hasPrice)
  }
]

const ACTIONS: TableColumn<Unpriced> = {
  id: 'actions',
  header: 'Do',
  cell: ({ id, has_price: hasPrice }) => (hasPrice ? null : <OverrideNew id={id} />)
}

/** What UNKNOWN_MODEL_PRICE stood in for, and a price for it. */
export function UnpricedModels({ mayChange }: { mayChange: boolean }) {
  const models = $api.useQuery('get', '/admin/v1/unpriced-models', { params: { query: { from: '30d' } } })
  return (
    <Section title="Models that had no price">
      <Text size="sm" mb="xs" maw={760}>
        Used in the last 30 days, and charged as unknown models. A price holds for requests from then on; those of before can be
        priced anew, {mayChange ? 'at the end of this page' : 'by an operator'}.
      </Text>
      <Loaded query={models}>
        {({ data }) => (
          <DataTable
            name="Models that had no price"
            columns={mayChange ? [...COLUMNS, ACTIONS] : COLUMNS}
            rows={data}
            empty="All models that were used had a price."
          />
        )}
      </Loaded>
    </Section>
  )
}
