import { Group, Stack, Text } from '@mantine/core'
import { $api, api, type ResponseOf } from '../../api/client.ts'
import { keyStateColumn, timeColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { bodyOf } from '../../parts/field.ts'
import { spendFields } from '../../parts/key-fields.ts'
import { isLimited, KeySpending } from '../../parts/key-spending.tsx'
import { Name } from '../../parts/name.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { StatusAction } from '../../parts/row-actions.tsx'

type LedKey = ResponseOf<'get', '/me/v1/teams/{id}/keys'>['data'][number]

const LIMITS = spendFields('team_')

/** The keys of a team that the reader leads: they are disabled and limited here, and all else is their owners’. */
export function LedKeys({ id }: { id: string }) {
  const query = { limit: 100 }
  const keys = $api.useInfiniteQuery('get', '/me/v1/teams/{id}/keys', { params: { path: { id }, query } }, BY_CURSOR)
  const actions: TableColumn<LedKey> = { id: 'actions', header: 'Do', cell: (row) => <LedKeyActions team={id} row={row} /> }
  return (
    <PagedTable
      query={keys}
      name="Keys of the team"
      columns={[...COLUMNS, actions]}
      empty="No key is in this team yet. Members choose it when they create a key; an operator puts in those that there are."
    />
  )
}

const COLUMNS: readonly TableColumn<LedKey>[] = [
  {
    id: 'name',
    header: 'Key',
    cell: ({ name, user_email: email }) => (
      <>
        <Name of={name} width={180} />
        <Text size="xs" c="dimmed" component="div">
          <Name of={email ?? ''} width={200} />
        </Text>
      </>
    ),
    value: ({ name, user_email: email }) => `${email ?? ''}/${name}`
  },
  keyStateColumn(),
  {
    id: 'limits',
    header: 'Limits',
    cell: ({ spending }) =>
      isLimited(spending) ? (
        <Stack gap={4} miw={180}>
          <KeySpending spending={spending} />
        </Stack>
      ) : (
        'none'
      )
  },
  timeColumn('used', 'Last used', ({ last_used_at: at }) => at, { none: 'never' })
]

function LedKeyActions({ team, row }: { team: string; row: LedKey }) {
  const { id: key, name, status, user_email: email } = row
  const path = { id: team, key }
  if (status === 'revoked') return null

  return (
    <Group gap="xs" wrap="nowrap">
      <EditDialog
        label="Limit"
        title={`Limit ${name} of ${email ?? ''}`}
        about="It is the team’s limit of this key. What operators and its owner have limited stays so."
        row={row}
        fields={LIMITS}
        load={async () => {
          const params = { path: { id: team }, query: { limit: 1000 } }
          const { data } = await api.GET('/me/v1/teams/{id}/keys', { params })
          return data!.data.find(({ id }) => id === key) ?? row
        }}
        save={async (changes, ifMatch) => {
          const params = { path, header: { 'if-match': ifMatch } }
          return (await api.PATCH('/me/v1/teams/{id}/keys/{key}', { params, body: bodyOf(changes) })).data!
        }}
        done={`${name} is changed`}
      />
      <StatusAction
        name={name}
        status={status}
        setStatus={(to) => api.PATCH('/me/v1/teams/{id}/keys/{key}', { params: { path }, body: { status: to } })}
        disabled="Its requests are refused until it is enabled again. What is under way goes on to its end."
      />
    </Group>
  )
}
