import { Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { Section } from '../../parts/section.tsx'
import { formatMs } from '../../parts/amounts.ts'
import type { TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { formatExact } from '../../parts/times.ts'
import { When } from '../../parts/when.tsx'
import { IDLE_MS, MODES } from './words.ts'

type Lived = ResponseOf<'get', '/admin/v1/degraded-modes'>['data'][number]

const COLUMNS: readonly TableColumn<Lived>[] = [
  { id: 'mode', header: 'What', cell: ({ mode }) => MODES[mode] },
  { id: 'began', header: 'Began', cell: ({ began_at: at }) => <When at={at} /> },
  {
    id: 'lasted',
    header: 'Lasted',
    cell: ({ began_at: began, ended_at: ended, cut }) => (
      <span title={`until ${formatExact(Date.parse(ended))}`}>
        {formatMs(Date.parse(ended) - Date.parse(began))}
        {cut ? ', or longer: the replica was stopped' : ''}
      </span>
    )
  },
  { id: 'replica', header: 'On', cell: ({ replica }) => <Name of={replica} /> },
  {
    id: 'meanwhile',
    header: 'What Sluice did meanwhile',
    cell: ({ meanwhile }) => (
      <Text size="sm" maw={520}>
        {meanwhile}
      </Text>
    )
  }
]

/** When something was away, and what became of requests and money. */
export function LivedThrough() {
  const list = $api.useInfiniteQuery(
    'get',
    '/admin/v1/degraded-modes',
    { params: { query: { limit: 20 } } },
    { ...BY_CURSOR, refetchInterval: IDLE_MS, refetchIntervalInBackground: false }
  )
  return (
    <Section title="Outages lived through">
      <PagedTable
        query={list}
        name="Outages lived through"
        columns={COLUMNS}
        isWhole={false}
        empty="Nothing was ever away for longer than a second."
      />
    </Section>
  )
}
