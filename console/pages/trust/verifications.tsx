import { $api, type ResponseOf } from '../../api/client.ts'
import { Section } from '../../parts/section.tsx'
import { formatCount, formatMs } from '../../parts/amounts.ts'
import type { TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { When } from '../../parts/when.tsx'
import { byWhom, IDLE_MS, RUNNING_MS } from './words.ts'

type Listed = ResponseOf<'get', '/admin/v1/verifications'>['data'][number]

const RESULTS: Record<Listed['state'], string> = {
  running: 'running',
  agrees: 'all agrees',
  drifted: 'differs',
  failed: 'failed',
  interrupted: 'interrupted'
}

const tookMs = ({ started_at: started, ended_at: ended }: Listed) =>
  ended === null ? null : Math.max(0, Date.parse(ended) - Date.parse(started))

const COLUMNS: readonly TableColumn<Listed>[] = [
  { id: 'at', header: 'When', cell: ({ started_at: at }) => <When at={at} /> },
  {
    id: 'result',
    header: 'Result',
    cell: ({ state, found, problem }) =>
      `${RESULTS[state]}${state === 'drifted' ? ` in ${formatCount(found)} ${found === 1 ? 'value' : 'values'}` : ''}${problem === null ? '' : `: ${problem}`}`
  },
  {
    id: 'chain',
    header: 'Audit log',
    cell: ({ audit_chain: chain }) => (chain === null ? 'not come to' : chain.ok ? 'intact' : 'changed')
  },
  { id: 'events', header: 'Events', cell: ({ checked }) => formatCount(checked.events), numeric: true },
  { id: 'entries', header: 'Ledger entries', cell: ({ checked }) => formatCount(checked.entries), numeric: true },
  {
    id: 'took',
    header: 'Took',
    cell: (row) => {
      const ms = tookMs(row)
      return ms === null ? null : formatMs(ms)
    },
    numeric: true
  },
  { id: 'by', header: 'By', cell: ({ started_by: by }) => <Name of={byWhom(by)} /> },
  { id: 'replica', header: 'On', cell: ({ replica }) => <Name of={replica} /> }
]

/** Those of before, and what came of them. */
export function Verifications() {
  const list = $api.useInfiniteQuery(
    'get',
    '/admin/v1/verifications',
    { params: { query: { limit: 5 } } },
    {
      ...BY_CURSOR,
      refetchInterval: ({ state }) => (state.data?.pages[0]?.data[0]?.state === 'running' ? RUNNING_MS : IDLE_MS),
      refetchIntervalInBackground: false
    }
  )
  return (
    <Section title="Verifications">
      <PagedTable query={list} name="Verifications" columns={COLUMNS} isWhole={false} empty="There was none yet." />
    </Section>
  )
}
