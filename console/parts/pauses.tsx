import { Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { ResponseOf } from '../api/client.ts'
import { Action } from './confirm.tsx'
import { DataTable, type TableColumn } from './data-table.tsx'
import { Name } from './name.tsx'
import { MorePages, rowsOf, type PagedQuery } from './paged.tsx'
import { Section } from './section.tsx'
import { When } from './when.tsx'

type PauseRow = ResponseOf<'get', '/me/v1/pauses'>['data'][number]

interface PausesProps {
  /** Of those that hold. */
  query: PagedQuery<PauseRow>
  /** Null for whoever may not. */
  resume: ((id: string) => Promise<unknown>) | null
}

const whatOf = ({ session, agent }: PauseRow) =>
  session === null
    ? 'whole key'
    : agent === null
      ? `session ${session}`
      : `agent ${agent === '' ? 'main' : agent} of session ${session}`

const COLUMNS: readonly TableColumn<PauseRow>[] = [
  {
    id: 'key',
    header: 'Key',
    cell: (row) => (
      <>
        <Name of={`${row.user_email}/${row.key}`} />
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {whatOf(row)}
        </Text>
      </>
    ),
    value: ({ user_email: email, key }) => `${email}/${key}`
  },
  { id: 'reason', header: 'Why', cell: ({ reason }) => reason, value: ({ reason }) => reason },
  {
    id: 'since',
    header: 'Since',
    cell: ({ created_at: since, ends_at: end }) => (
      <>
        <When at={since} />
        <Text size="xs" c="dimmed">
          {end === null ? (
            'until it is resumed'
          ) : (
            <>
              ends <When at={end} />
            </>
          )}
        </Text>
      </>
    ),
    value: ({ created_at: at }) => at
  }
]

/** What is paused, with a button that resumes each; nothing where nothing is. */
export function Pauses({ query, resume }: PausesProps) {
  const queries = useQueryClient()
  const rows = rowsOf(query) ?? []
  if (rows.length === 0) return null
  const actions: TableColumn<PauseRow>[] =
    resume === null
      ? []
      : [
          {
            id: 'do',
            header: 'Do',
            cell: (row) => (
              <Action
                label="Resume"
                title={`Resume pause ${row.id} of ${row.key}?`}
                done={`${row.key} goes on`}
                command={['resume', row.id]}
                run={async () => {
                  await resume(row.id)
                  await queries.invalidateQueries()
                }}
              >
                Its requests are taken again, and counting begins anew: what runs away is paused again.
              </Action>
            )
          }
        ]
  return (
    <Section title="Paused">
      <DataTable
        name="What is paused"
        columns={[...COLUMNS, ...actions]}
        rows={rows}
        rowKey={({ id }) => id}
        isWhole={!query.hasNextPage}
        empty={null}
        footer={query.hasNextPage ? <MorePages query={query} /> : undefined}
      />
    </Section>
  )
}
