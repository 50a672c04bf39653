import { Stack, Text } from '@mantine/core'
import { keyStateColumn, noteColumn, timeColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import type { RowWords } from '../../parts/edited-row.ts'
import { KeyActions } from '../../parts/key-actions.tsx'
import { endOf, isRestricted, KeyRules } from '../../parts/key-rules.tsx'
import { isLimited, KeySpending } from '../../parts/key-spending.tsx'
import { Name } from '../../parts/name.tsx'
import type { NewSecret } from '../../parts/new-secret.tsx'
import { When } from '../../parts/when.tsx'
import { ChangeKey } from './change-key.tsx'
import { ChangeBrakes, PauseKey } from './key-brakes.tsx'
import type { KeyRow } from './person-keys.tsx'

/**
 * @param onSecret what is done with a new secret; null for whoever may change nothing
 */
export function keyColumns(onSecret: ((made: NewSecret) => Promise<void>) | null): readonly TableColumn<KeyRow>[] {
  const actions: TableColumn<KeyRow>[] =
    onSecret === null
      ? []
      : [
          {
            id: 'actions',
            header: 'Do',
            cell: (row) => (row.status === 'revoked' ? null : <PersonKeyActions row={row} onSecret={onSecret} />)
          }
        ]
  return [
    {
      id: 'name',
      header: 'Key',
      cell: ({ name, prefix }) => (
        <>
          <Name of={name} width={180} />
          {prefix === null ? null : (
            <Text size="xs" c="dimmed" ff="monospace">
              {prefix}
            </Text>
          )}
        </>
      ),
      value: ({ name }) => name
    },
    keyStateColumn(),
    {
      id: 'group',
      header: 'Group',
      cell: ({ group, team }) => (
        <>
          <Name of={group} width={140} />
          {team === null ? null : (
            <Text size="xs" component="div">
              team <Name of={team} width={140} />
            </Text>
          )}
        </>
      ),
      value: ({ group }) => group
    },
    { id: 'limits', header: 'Limits', cell: (row) => <Limits row={row} /> },
    timeColumn('used', 'Last used', ({ last_used_at: at }) => at, { none: 'never' }),
    {
      id: 'expires',
      header: 'Ends',
      cell: (row) => (endOf(row) === null ? 'never' : <When at={endOf(row)} />),
      value: endOf
    },
    noteColumn(),
    ...actions
  ]
}

function PersonKeyActions({ row, onSecret }: { row: KeyRow; onSecret: (made: NewSecret) => Promise<void> }) {
  const { name, user_email: email } = row
  const words: RowWords = email === null ? ['keys', name] : ['keys', email, name]
  return (
    <KeyActions of={row} side="admin" words={words} onSecret={onSecret}>
      <ChangeKey row={row} words={words} />
      <ChangeBrakes row={row} words={words} />
      <PauseKey row={row} />
    </KeyActions>
  )
}

function Limits({ row }: { row: KeyRow }) {
  if (!isLimited(row.spending) && !isRestricted(row)) return 'none'
  return (
    <Stack gap={4} miw={180}>
      <KeySpending spending={row.spending} />
      <KeyRules of={row} whose="their" size="xs" />
    </Stack>
  )
}
