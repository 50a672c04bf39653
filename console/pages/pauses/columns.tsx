import { Text } from '@mantine/core'
import type { TableColumn } from '../../parts/data-table.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import { partOfKey } from '../../parts/part-of-key.ts'
import { PersonLink } from '../../parts/person-link.tsx'
import { When } from '../../parts/when.tsx'
import type { PauseRow } from './pauses-table.tsx'

/** Few and with lines below each other, so that a phone shows the button of each row. */
export const PAUSE_COLUMNS: readonly TableColumn<PauseRow>[] = [
  {
    id: 'key',
    header: 'Paused',
    cell: (pause) => (
      <>
        <PersonLink email={pause.user_email} />
        <div>
          <Name of={pause.key} width={180} />
        </div>
        <Text size="xs" c="dimmed" maw={280} style={{ overflowWrap: 'anywhere' }}>
          {partOfKey(pause)}
        </Text>
      </>
    ),
    value: ({ user_email: email }) => email
  },
  {
    id: 'reason',
    header: 'Why',
    cell: ({ reason, exchange_id: request }) => (
      <>
        <Text size="sm" maw={360} miw={150} dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {reason}
        </Text>
        {request === null ? null : (
          <PageLink to="/requests/$id" params={{ id: request }} size="xs">
            The request that it was
          </PageLink>
        )}
      </>
    ),
    value: ({ reason }) => reason
  },
  {
    id: 'since',
    header: 'Since',
    cell: ({ created_at: at, created_by: by }) => (
      <>
        <When at={at} />
        <Text size="xs" c="dimmed">
          by <bdi>{by === 'sluice' ? 'a brake' : by}</bdi>
        </Text>
      </>
    ),
    value: ({ created_at: at }) => at
  },
  {
    id: 'until',
    header: 'Until',
    cell: (pause) => <Until pause={pause} />,
    value: ({ resumed_at: resumed, ends_at: end }) => resumed ?? end
  },
  { id: 'id', header: 'ID', cell: ({ id }) => id, value: ({ id }) => Number(id), numeric: true, hidden: true }
]

function Until({ pause: { status, ends_at: end, resumed_at: resumed, resumed_by: by } }: { pause: PauseRow }) {
  if (status === 'active') return end === null ? 'somebody resumes it' : <When at={end} />
  return (
    <>
      <When at={resumed ?? end} />
      <Text size="xs" c="dimmed">
        {by === null ? (
          'ended by itself'
        ) : (
          <>
            resumed by <bdi>{by}</bdi>
          </>
        )}
      </Text>
    </>
  )
}
