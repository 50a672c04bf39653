import { Group, Paper, Stack, Text } from '@mantine/core'
import { formatMs } from '../../parts/amounts.ts'
import { State, UsedBar } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'
import { AccountActions } from './account-actions.tsx'
import type { Overview } from './now.tsx'

export type OverviewAccount = Overview['accounts'][number]

/** An account: its state, why and until when, what of it is used and by whom, and what can be done about it. */
export function AccountCard({ account, mayOperate }: { account: OverviewAccount; mayOperate: boolean }) {
  const { id, name, state, error, cooldowns, windows } = account
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
        {cooldowns.map((cooldown) => (
          <Cooldown key={`${cooldown.kind} ${cooldown.scope}`} cooldown={cooldown} />
        ))}
        <Load account={account} />
        {windows.map((window) => (
          <UsedBar key={window.name} name={window.name} share={window.utilization} resetsAt={window.resets_at} />
        ))}
        {mayOperate ? <AccountActions id={id} name={name} state={state} /> : null}
      </Stack>
    </Paper>
  )
}

/** `family:opus` is all Opus models; null is all models. */
const modelsOf = (scope: string | null) => (scope === null ? '' : `${scope.replace(/^(family|model):/, '')}: `)

function Cooldown({ cooldown: { scope, reason, until, kind } }: { cooldown: OverviewAccount['cooldowns'][number] }) {
  return (
    <Text size="sm">
      {modelsOf(scope)}
      {reason}; {kind === 'failures' ? 'tried again' : 'ends'} <When at={until} />
    </Text>
  )
}

/** Slots in use of how many, by whom, and who waits for one. */
function Load({ account }: { account: OverviewAccount }) {
  const { limit, in_flight: inFlight, sessions, users, users_left_out: leftOut, waiting, longest_wait_ms: waitMs } = account
  return (
    <div>
      {limit > 0 && inFlight !== null ? (
        <UsedBar name={`${inFlight} of ${limit} slots`} share={inFlight / limit} resetsAt={null} />
      ) : (
        <Text size="xs">{inFlight ?? '–'} slots in use</Text>
      )}
      {users.length === 0 ? null : (
        <Text size="xs" c="dimmed">
          {users.map(({ name, in_flight: held }) => (held > 1 ? `${name} (${held})` : name)).join(', ')}
          {leftOut > 0 ? ` and ${leftOut} more` : ''}
          {sessions === null ? '' : ` · ${sessions} ${sessions === 1 ? 'session' : 'sessions'}`}
        </Text>
      )}
      {waiting === null || waiting === 0 ? null : (
        <Text size="xs">
          {waiting} waiting{waitMs === null ? '' : `, the longest for ${formatMs(waitMs)}`}
        </Text>
      )}
    </div>
  )
}
