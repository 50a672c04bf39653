import { Section } from '../../parts/section.tsx'
import { formatMs } from '../../parts/amounts.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { NotStated } from '../../parts/money.tsx'
import type { Overview } from './now.tsx'

type User = Overview['users'][number]

const COLUMNS: readonly TableColumn<User>[] = [
  { id: 'user', header: 'User', cell: ({ name }) => name, value: ({ name }) => name },
  {
    id: 'slots',
    header: 'Slots in use',
    cell: ({ in_flight: held, limit }) => `${held} of ${limit === 0 ? 'any' : limit}`,
    value: (user) => user.in_flight,
    numeric: true
  },
  { id: 'waiting', header: 'Waiting', cell: waitingInWords, value: (user) => user.waiting, numeric: true },
  {
    id: 'longest',
    header: 'Longest wait',
    cell: ({ longest_wait_ms: ms }) => (ms === null ? <NotStated /> : formatMs(ms)),
    value: (user) => user.longest_wait_ms,
    numeric: true
  }
]

/** How many wait, and of how many sessions, which take turns. */
function waitingInWords({ waiting, waiting_sessions: told, waiting_sessions_left_out: leftOut }: User): string {
  const sessions = told.length + leftOut
  return sessions < 2 ? String(waiting) : `${waiting} of ${sessions} sessions`
}

/** Who holds slots or waits for one. */
export function BusiestUsers({ overview: { users, users_left_out: leftOut } }: { overview: Overview }) {
  return (
    <Section title="Busiest users">
      <DataTable
        name="Busiest users"
        columns={COLUMNS}
        rows={users}
        empty="Nobody has a request under way."
        footer={leftOut === 0 ? null : `and ${leftOut} more`}
      />
    </Section>
  )
}
