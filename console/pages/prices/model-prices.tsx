import { Group, Text } from '@mantine/core'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { Override } from './override.tsx'
import type { PriceList } from './prices.tsx'
import { RATES } from './rates.ts'

export type PricedModel = PriceList['models'][number]

/** What each model costs now, and what it cost before. */
export function ModelPrices({ models, mayChange }: { models: readonly PricedModel[]; mayChange: boolean }) {
  return (
    <DataTable
      name="Prices"
      columns={mayChange ? [...COLUMNS, ACTIONS] : COLUMNS}
      rows={models}
      empty="The price book has no models."
    />
  )
}

const RATE_COLUMNS: readonly TableColumn<PricedModel>[] = RATES.map(({ name, label }) => ({
  id: name,
  header: label,
  // Not rounded to cents: it is a price, and no amount.
  cell: ({ usd_per_mtok: rates }) => String(rates[name]),
  value: ({ usd_per_mtok: rates }) => Number(rates[name]),
  numeric: true
}))

const COLUMNS: readonly TableColumn<PricedModel>[] = [
  {
    id: 'model',
    header: 'Model',
    cell: ({ id, display_name: name, source }) => (
      <>
        <Name of={id} />
        <Text size="xs" c="dimmed">
          {name}
          {source === 'override' ? ' · your own price' : ''}
        </Text>
      </>
    ),
    value: ({ id }) => id
  },
  ...RATE_COLUMNS,
  {
    id: 'more',
    header: 'Besides',
    cell: (model) => (
      <Text size="xs" maw={260}>
        {besides(model)}
      </Text>
    )
  },
  { id: 'status', header: 'Status', cell: ({ status }) => status, value: ({ status }) => status, hidden: true },
  { id: 'source', header: 'Source', cell: ({ source }) => source, value: ({ source }) => source, hidden: true }
]

/** Prices of other kinds, and those of before. */
function besides({ usd_per_mtok: { fast, tiers = [] }, history }: PricedModel): string {
  return [
    ...(fast === undefined ? [] : [`fast: ${fast.input} in, ${fast.output} out`]),
    ...tiers.map(({ prompt_tokens_above: above, input, output }) => `prompts above ${above}: ${input} in, ${output} out`),
    ...history.map((former) => {
      const prices = RATES.flatMap(({ name, label }) =>
        former[name] === undefined ? [] : [`${label.toLowerCase()} ${former[name]}`]
      )
      return `before ${former.until}: ${prices.join(', ')}`
    })
  ].join('; ')
}

const ACTIONS: TableColumn<PricedModel> = { id: 'actions', header: 'Do', cell: (model) => <ModelActions model={model} /> }

function ModelActions({ model }: { model: PricedModel }) {
  const { id, source, version } = model
  return (
    <Group gap="xs" wrap="nowrap">
      <Override model={model} />
      {source === 'override' ? (
        <Action
          label="Remove own"
          title={`Remove your own price of ${id}?`}
          done={`Your own price of ${id} is removed`}
          command={['prices', 'remove', id]}
          run={async () => {
            await api.DELETE('/admin/v1/price-overrides/{id}', {
              params: { path: { id }, header: { 'if-match': `"${version}"` } }
            })
          }}
        >
          Requests from then on cost what the book says; where it lacks the model, UNKNOWN_MODEL_PRICE.
        </Action>
      ) : null}
    </Group>
  )
}
