import { Stack, Text } from '@mantine/core'
import { formatUsd } from '../../parts/amounts.ts'
import type { TableColumn } from '../../parts/data-table.tsx'
import { endOf, isRestricted, KeyRules } from '../../parts/key-rules.tsx'
import { Name } from '../../parts/name.tsx'
import { State, UsedBar } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { KeyActions } from './key-actions.tsx'
import type { KeyRow, NewSecret } from './person-keys.tsx'

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
            cell: (row) => (row.status === 'revoked' ? null : <KeyActions row={row} onSecret={onSecret} />)
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
    {
      id: 'state',
      header: 'State',
      cell: ({ status, problem }) => (
        <>
          <State state={status} />
          {problem === null || status === 'revoked' ? null : (
            <Text size="xs" maw={240}>
              Refused now: {problem}
            </Text>
          )}
        </>
      ),
      value: ({ status }) => status
    },
    { id: 'group', header: 'Group', cell: ({ group }) => <Name of={group} width={140} />, value: ({ group }) => group },
    { id: 'limits', header: 'Limits', cell: (row) => <Limits row={row} /> },
    {
      id: 'used',
      header: 'Last used',
      cell: ({ last_used_at: at }) => (at === null ? 'never' : <When at={at} />),
      value: ({ last_used_at: at }) => at
    },
    {
      id: 'expires',
      header: 'Ends',
      cell: (row) => (endOf(row) === null ? 'never' : <When at={endOf(row)} />),
      value: endOf
    },
    { id: 'note', header: 'Note', cell: ({ note }) => note, value: ({ note }) => note, hidden: true },
    ...actions
  ]
}

const NAMES: Record<string, string> = { day: 'Day', week: 'Week', month: 'Month', total: 'In all' }

function Limits({ row }: { row: KeyRow }) {
  const limited = (row.spending ?? []).filter(({ limit_usd: limit }) => limit !== null)
  if (limited.length === 0 && !isRestricted(row)) return 'none'
  return (
    <Stack gap={4} miw={180}>
      {limited.map(({ kind, limit_usd: limit, used_usd: used, resets_at: resetsAt }) => (
        <UsedBar
          key={kind}
          name={`${NAMES[kind] ?? kind}, of ${formatUsd(limit ?? '0')}`}
          share={Number(used) / Number(limit)}
          resetsAt={resetsAt}
        />
      ))}
      <KeyRules of={row} whose="their" size="xs" />
    </Stack>
  )
}
