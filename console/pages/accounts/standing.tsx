import { Stack, Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { NotStated } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import { State, UsedBar } from '../../parts/standing.tsx'
import { When } from '../../parts/when.tsx'

type Overview = ResponseOf<'get', '/admin/v1/overview'>

/** How an account stands now, as all replicas see it together. */
export type Standing = Overview['accounts'][number]

const POLL_MS = 5000

/** How all accounts stand now, by name; null until it is known. */
export function useStandings(): ReadonlyMap<string, Standing> | null {
  const { data } = $api.useQuery('get', '/admin/v1/overview', {}, { refetchInterval: POLL_MS })
  return data === undefined ? null : new Map(data.accounts.map((account) => [account.name, account]))
}

/** The state, why it is so, and until when. */
export function StateAndWhy({ standing, isUsed }: { standing: Standing | undefined; isUsed: boolean }) {
  if (standing === undefined) return <State state="unknown" />
  const { state, error, cooldown_until: until, cooldown_reason: reason } = standing
  return (
    <Stack gap={2} align="flex-start">
      <State state={state} />
      {error === null ? null : <Why>{error}</Why>}
      {until === null ? null : (
        <Why>
          {(reason ?? 'cooling down').replace(/\.$/, '')}; ends <When at={until} />
        </Why>
      )}
      {isUsed ? null : <Why>not schedulable: it gets no requests</Why>}
    </Stack>
  )
}

function Why({ children }: { children: React.ReactNode }) {
  return (
    <Text size="xs" component="div" maw={340} dir="auto">
      {children}
    </Text>
  )
}

/** Slots in use of the limit, and who waits. */
export function slotsOf(standing: Standing | undefined, limit: number): string {
  const used = `${standing?.in_flight ?? '–'} of ${limit === 0 ? 'any' : limit}`
  return (standing?.waiting ?? 0) > 0 ? `${used}, ${standing?.waiting} waiting` : used
}

/** The busiest users that an account serves now. */
export function Users({ standing }: { standing: Standing | undefined }) {
  if (standing === undefined || standing.sessions === null) return <NotStated />
  const { users, users_left_out: leftOut } = standing
  if (users.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        nobody
      </Text>
    )
  }
  return (
    <Stack gap={0}>
      {users.map(({ id, name, in_flight: inFlight }) => (
        <Text key={id} size="xs" component="div">
          <Name of={name} width={180} /> {inFlight === 1 ? '' : `× ${inFlight}`}
        </Text>
      ))}
      {leftOut === 0 ? null : <Text size="xs">and {leftOut} more</Text>}
    </Stack>
  )
}

export function Windows({ windows }: { windows: Standing['windows'] }) {
  if (windows.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        none reported
      </Text>
    )
  }
  return (
    <Stack gap={4} miw={170}>
      {windows.map(({ name, utilization, resets_at: resetsAt }) => (
        <UsedBar key={name} name={name} share={utilization} resetsAt={resetsAt} />
      ))}
    </Stack>
  )
}
