import type { TableColumn } from '../../parts/data-table.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Money, NotStated } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { State } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { Balance } from './balance.tsx'
import type { ListedPerson } from './people.tsx'

/** 0 is no limit. */
export const slotsOf = (concurrency: number) => (concurrency === 0 ? 'any number' : String(concurrency))

export const PEOPLE_COLUMNS: readonly TableColumn<ListedPerson>[] = [
  {
    id: 'email',
    header: 'E-mail',
    cell: ({ id, email }) => (
      <PageLink to="/people/$id" params={{ id }}>
        <Name of={email} width={320} />
      </PageLink>
    ),
    sort: 'email'
  },
  { id: 'role', header: 'Role', cell: ({ role }) => role, sort: 'role' },
  { id: 'status', header: 'State', cell: ({ status }) => <State state={status} />, sort: 'status' },
  {
    id: 'slots',
    header: 'Slots',
    about: 'in use now, and how many there are',
    cell: (person) => <SlotsInUse person={person} />,
    sort: '-concurrency',
    numeric: true
  },
  {
    id: 'balance',
    header: 'Balance',
    cell: ({ balance_usd: balance }) => <Balance usd={balance} />,
    sort: '-balance_usd',
    numeric: true
  },
  {
    id: 'today',
    header: 'Spent today',
    about: 'charged since 00:00 UTC',
    cell: ({ spend }) => <Money usd={spend?.today.charged_usd} />,
    sort: '-spend_today',
    numeric: true
  },
  {
    id: 'month',
    header: 'Spent this month',
    about: 'charged since the first of the month, 00:00 UTC',
    cell: ({ spend }) => <Money usd={spend?.month.charged_usd} />,
    sort: '-spend_month',
    numeric: true
  },
  {
    id: 'used',
    header: 'Last used',
    cell: ({ last_used_at: at }) => (at === null ? 'never' : <When at={at} />),
    sort: '-last_used_at'
  },
  { id: 'note', header: 'Note', cell: ({ note }) => (note === null ? null : <Name of={note} />) }
]

/** How many of their slots somebody uses, and how many requests wait for one. */
export function SlotsInUse({ person: { slots, concurrency } }: { person: Pick<ListedPerson, 'slots' | 'concurrency'> }) {
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      {slots?.in_flight ?? <NotStated />} of {slotsOf(concurrency)}
      {(slots?.waiting ?? 0) === 0 ? '' : `, ${slots?.waiting} waiting`}
    </span>
  )
}
