import type { TableColumn } from '../../parts/data-table.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import { State } from '../../parts/standing.tsx'
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
    value: ({ email }) => email
  },
  { id: 'role', header: 'Role', cell: ({ role }) => role, value: ({ role }) => role },
  { id: 'status', header: 'State', cell: ({ status }) => <State state={status} />, value: ({ status }) => status },
  {
    id: 'slots',
    header: 'Slots',
    cell: ({ concurrency }) => slotsOf(concurrency),
    value: ({ concurrency }) => (concurrency === 0 ? Number.MAX_SAFE_INTEGER : concurrency),
    numeric: true
  },
  {
    id: 'balance',
    header: 'Balance',
    cell: ({ balance_usd: balance }) => <Balance usd={balance} />,
    value: ({ balance_usd: balance }) => balance,
    numeric: true
  },
  { id: 'note', header: 'Note', cell: ({ note }) => (note === null ? null : <Name of={note} />), value: ({ note }) => note }
]
