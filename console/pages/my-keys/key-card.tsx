import { Group, Paper, Stack, Text } from '@mantine/core'
import { formatUsd } from '../../parts/amounts.ts'
import { endOf, KeyRules } from '../../parts/key-rules.tsx'
import { State, UsedBar } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { KeyActions } from './key-actions.tsx'
import type { NewSecret, OwnKey } from './my-keys.tsx'

const NAMES: Record<string, string> = { day: 'Day', week: 'Week', month: 'Month', total: 'In all' }

/** A key: its state and what is wrong in words, its limits with what is used of them, and what can be done with it. */
export function KeyCard({ ownKey, onSecret }: { ownKey: OwnKey; onSecret: (made: NewSecret) => Promise<void> }) {
  const { name, group, prefix, status, problem, spending, last_used_at: usedAt, previous_key_until: formerUntil } = ownKey
  const ends = endOf(ownKey)
  const limited = (spending ?? []).filter(({ limit_usd: limit }) => limit !== null)
  return (
    <Paper withBorder p="sm" component="article" aria-label={name}>
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} truncate title={name} dir="auto">
            {name}
          </Text>
          <State state={status} />
        </Group>
        {problem === null || status === 'revoked' ? null : (
          <Text size="sm" c="var(--mantine-color-error)">
            Refused now: {problem}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          <Text span ff="monospace" inherit>
            {prefix}
          </Text>{' '}
          in group {group};{' '}
          {usedAt === null ? (
            'never used'
          ) : (
            <>
              last used <When at={usedAt} />
            </>
          )}
        </Text>
        {ends === null ? null : (
          <Text size="sm">
            Ends <When at={ends} />
          </Text>
        )}
        {formerUntil === null ? null : (
          <Text size="sm">
            The former secret works until <When at={formerUntil} />
          </Text>
        )}
        {limited.map(({ kind, limit_usd: limit, used_usd: used, resets_at: resetsAt }) => (
          <UsedBar
            key={kind}
            name={`${NAMES[kind] ?? kind}, of ${formatUsd(limit ?? '0')}`}
            share={Number(used) / Number(limit)}
            resetsAt={resetsAt}
          />
        ))}
        <KeyRules of={ownKey} whose="your" />
        {status === 'revoked' ? null : <KeyActions ownKey={ownKey} onSecret={onSecret} />}
      </Stack>
    </Paper>
  )
}
