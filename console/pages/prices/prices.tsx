import { Stack, Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { Section } from '../../parts/section.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { When } from '../../parts/when.tsx'
import { ModelPrices } from './model-prices.tsx'
import { Rerate } from './rerate.tsx'
import { OverrideAny } from './override.tsx'
import { UnpricedModels } from './unpriced.tsx'

export type PriceList = ResponseOf<'get', '/admin/v1/prices'>

/** What models cost, since when, and what an operator makes of it. */
export function Prices() {
  const mayChange = useMayOperate()
  const prices = $api.useQuery('get', '/admin/v1/prices')
  return (
    <Page title="Prices">
      <Loaded query={prices}>
        {(list) => (
          <Stack gap="lg">
            <Facts name="Price book" facts={factsOf(list)} />
            <UnpricedModels mayChange={mayChange} />
            <Section title="USD for a million tokens" aside={mayChange ? <OverrideAny models={list.models} /> : null}>
              <ModelPrices models={list.models} mayChange={mayChange} />
            </Section>
            <Versions />
            {mayChange ? <Rerate models={list.models.map(({ id }) => id)} /> : null}
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

const factsOf = ({ version, generated, source, unknown_model: unknown }: PriceList) =>
  [
    ['Book of', `${generated}, ${source === 'built-in' ? 'which comes with Sluice' : 'which an operator installed'}`],
    ['Version in force', version],
    [
      'Models without a price',
      `are charged ${unknown.input} for input and ${unknown.output} for output, and are flagged: UNKNOWN_MODEL_PRICE`
    ]
  ] as const

type Version = ResponseOf<'get', '/admin/v1/price-versions'>['data'][number]

const VERSIONS: readonly TableColumn<Version>[] = [
  { id: 'from', header: 'In force from', cell: ({ in_force_from: from }) => <When at={from} /> },
  { id: 'version', header: 'Version', cell: ({ version }) => version }
]

function Versions() {
  const versions = $api.useInfiniteQuery('get', '/admin/v1/price-versions', { params: { query: { limit: 10 } } }, BY_CURSOR)
  return (
    <Section title="Which prices were in force when">
      <Text size="sm" mb="xs">
        Requests keep the prices that were in force when they were sent.
      </Text>
      <PagedTable
        query={versions}
        name="Price versions"
        columns={VERSIONS}
        rowKey={({ version, in_force_from: from }) => `${version} ${from}`}
        isWhole={false}
        empty="There is none yet: the first request makes one."
      />
    </Section>
  )
}
