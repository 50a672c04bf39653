import { Group, Stack } from '@mantine/core'
import { $api } from '../../api/client.ts'
import { timeColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import type { AuditEntry } from '../audit/audit.tsx'
import { Detail } from '../audit/detail.tsx'

/** A subject without the address, which the page has. */
const shortOf = (subject: string, email: string) => subject.replace(` ${email}`, '').replace('/', ' ')

const columnsOf = (email: string): readonly TableColumn<AuditEntry>[] => [
  timeColumn('at', 'When', ({ at }) => at),
  { id: 'actor', header: 'Who', cell: ({ actor }) => <Name of={actor} width={200} />, value: ({ actor }) => actor },
  { id: 'action', header: 'Did', cell: ({ action }) => action, value: ({ action }) => action },
  {
    id: 'subject',
    header: 'To',
    cell: ({ subject }) => <Name of={shortOf(subject, email)} width={200} />,
    value: ({ subject }) => subject
  },
  { id: 'detail', header: 'Before → after', cell: ({ detail }) => <Detail detail={detail} /> }
]

/** What was changed about somebody, their keys, their subscriptions and their balance, newest first. */
export function PersonAudit({ email }: { email: string }) {
  const query = { user: email, limit: 20 }
  const entries = $api.useInfiniteQuery('get', '/admin/v1/audit-log', { params: { query } }, BY_CURSOR)
  return (
    <Stack gap="xs">
      <PagedTable
        query={entries}
        name="Audit log"
        columns={columnsOf(email)}
        empty="Nobody has changed anything about them since they were added."
      />
      <Group>
        <PageLink to="/audit" search={{ user: email }}>
          Find more in the audit log
        </PageLink>
      </Group>
    </Stack>
  )
}
