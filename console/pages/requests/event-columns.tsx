import { Badge } from '@mantine/core'
import { meaningsOf } from '../../../services/money/usage/cost-marks.ts'
import { formatCount, formatMs } from '../../parts/amounts.ts'
import { CellLink } from '../../parts/cell-link.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { Money, NotStated } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { When } from '../../parts/when.tsx'
import type { Side } from '../usage/side.ts'
import { ERRORS, OUTCOMES } from './search.ts'
import type { UsageEvent } from './use-events.ts'

type Column = TableColumn<UsageEvent>

const named = (id: string, header: string, of: (event: UsageEvent) => string | null | undefined): Column => ({
  id,
  header,
  cell: (event) => <NameOrNone name={of(event)} />,
  value: (event) => of(event) ?? null
})

const counted = (id: string, header: string, of: (event: UsageEvent) => number, hidden = false): Column => ({
  id,
  header,
  cell: (event) => formatCount(of(event)),
  value: of,
  numeric: true,
  hidden
})

const timed = (id: string, header: string, of: (event: UsageEvent) => number | null, hidden = false): Column => ({
  id,
  header,
  cell: (event) => <Duration ms={of(event)} />,
  value: of,
  numeric: true,
  hidden
})

const paid = (id: string, header: string, of: (event: UsageEvent) => string, hidden = false): Column => ({
  id,
  header,
  cell: (event) => <Charge usd={of(event)} event={event} />,
  value: of,
  numeric: true,
  hidden
})

/** What is told of a usage event. */
export function eventColumns(side: Side): Column[] {
  const all: Column[] = [
    {
      id: 'time',
      header: 'Sent',
      cell: (event) => <WhyLink side={side} event={event} />,
      value: ({ created_at: at }) => Date.parse(at),
      numeric: false
    },
    named('user', 'User', ({ user_email: name }) => name),
    named('key', 'Key', ({ key_name: name }) => name),
    { ...named('group', 'Group', ({ group }) => group), hidden: true },
    {
      id: 'team',
      header: 'Team',
      cell: ({ team }) => (team === null ? 'none' : <Name of={team} width="24ch" />),
      value: ({ team }) => team,
      hidden: true
    },
    named('account', 'Account', ({ account }) => account),
    named('model', 'Model', ({ model }) => model),
    { ...named('requested', 'Requested model', ({ requested_model: model }) => model), hidden: true },
    { id: 'outcome', header: 'Outcome', cell: (event) => <OutcomeBadge event={event} />, value: ({ outcome }) => outcome },
    { id: 'job', header: 'Job', cell: ({ subject }) => subject, value: ({ subject }) => subject ?? '', hidden: true },
    { id: 'basis', header: 'Basis', cell: ({ basis }) => basis, value: ({ basis }) => basis, hidden: true },
    counted('input', 'Input', ({ input_tokens: count }) => count),
    counted('output', 'Output', ({ output_tokens: count }) => count),
    counted('cache-read', 'Cache read', ({ cache_read_tokens: count }) => count),
    counted('cache-write', 'Cache write', writesOf),
    counted('write-5m', 'Cache write, 5 m', ({ cache_creation_5m_tokens: count }) => count, true),
    counted('write-1h', 'Cache write, 1 h', ({ cache_creation_1h_tokens: count }) => count, true),
    counted('searches', 'Web searches', ({ web_search_requests: count }) => count, true),
    paid('charged', 'Charged', ({ charged_usd: usd }) => usd),
    paid('cost', 'List cost', ({ cost_usd: usd }) => usd, true),
    timed('queue', 'Waited', ({ queue_ms: ms }) => ms, true),
    timed('first-byte', 'First byte', ({ first_byte_ms: ms }) => ms, true),
    timed('duration', 'Took', ({ duration_ms: ms }) => ms)
  ]
  return side === 'all' ? all : all.filter(({ id }) => id !== 'user' && id !== 'account')
}

const writesOf = ({ cache_creation_5m_tokens: short, cache_creation_1h_tokens: long }: UsageEvent) => short + long

function NameOrNone({ name }: { name: string | null | undefined }) {
  if (name === undefined) return <NotStated />
  return name === null ? <span className="dimmed">deleted</span> : <Name of={name} width="24ch" />
}

const Duration = ({ ms }: { ms: number | null }) =>
  ms === null ? (
    <NotStated />
  ) : (
    <span title={`${ms} ms`} style={{ whiteSpace: 'nowrap' }}>
      {formatMs(ms)}
    </span>
  )

/** An amount, with a mark where it is not what it seems. */
function Charge({ usd, event }: { usd: string; event: UsageEvent }) {
  const meanings = meaningsOf(event)
  return (
    <>
      <Money usd={usd} />
      {meanings.length === 0 ? null : (
        <span className="dimmed" title={meanings.join('; ')}>
          {' '}
          ⚠
        </span>
      )}
    </>
  )
}

function WhyLink({ side, event: { exchange_id: id, created_at: at } }: { side: Side; event: UsageEvent }) {
  return (
    <CellLink path={`${side === 'all' ? 'requests' : 'my/requests'}/${encodeURIComponent(id)}`}>
      <When at={at} />
    </CellLink>
  )
}

function OutcomeBadge({ event: { outcome, status } }: { event: UsageEvent }) {
  const isError = (ERRORS as string[]).includes(outcome)
  return (
    <Badge
      variant="light"
      tt="none"
      miw="max-content"
      color={isError ? 'red' : outcome === 'completed' ? 'green' : 'gray'}
      title={status === null ? 'no status' : `status ${status}`}
    >
      {OUTCOMES[outcome] ?? outcome}
    </Badge>
  )
}
