import { Group, Paper, Stack, Text } from '@mantine/core'
import { State, UsedBar } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { AccountActions } from './account-actions.tsx'
import type { Overview } from './now.tsx'

export type OverviewAccount = Overview['accounts'][number]

/** An account: its state, why and until when, what of it is used, and what can be done about it. */
export function AccountCard({ account, mayOperate }: { account: OverviewAccount; mayOperate: boolean }) {
  const { name, state, limit, in_flight: inFlight, error, cooldown_until: until, cooldown_reason: reason, windows } = account
  return (
    <Paper withBorder p="sm" component="article" aria-label={name}>
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} truncate title={name}>
            {name}
          </Text>
          <State state={state} />
        </Group>
        {error === null ? null : <Text size="sm">{error}</Text>}
        {until === null ? null : (
          <Text size="sm">
            {reason ?? 'cooling down'}; ends <When at={until} />
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {inFlight ?? '–'} of {limit === 0 ? 'any number of' : limit} slots in use
        </Text>
        {windows.map((window) => (
          <UsedBar key={window.name} name={window.name} share={window.utilization} resetsAt={window.resets_at} />
        ))}
        {mayOperate ? <AccountActions name={name} state={state} /> : null}
      </Stack>
    </Paper>
  )
}
