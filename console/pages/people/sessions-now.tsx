import { Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { NotStated } from '../../parts/money.tsx'
import { slotsOf } from './people-columns.tsx'

type Overview = ResponseOf<'get', '/admin/v1/overview'>

const POLL_MS = 5000

const useOverview = () =>
  $api.useQuery('get', '/admin/v1/overview', {}, { refetchInterval: POLL_MS, refetchIntervalInBackground: false }).data

/** What somebody holds now; null where that cannot be told: slots unknown, or too many people busier than they are. */
function heldBy(overview: Overview | undefined, email: string): { inFlight: number; waiting: number } | null {
  if (overview === undefined || overview.in_flight === null) return null
  const user = overview.users.find(({ name }) => name === email)
  if (user !== undefined) return { inFlight: user.in_flight, waiting: user.waiting }
  return overview.users_left_out === 0 ? { inFlight: 0, waiting: 0 } : null
}

/** How many of their slots somebody uses at this moment. */
export function SlotsNow({ email, concurrency }: { email: string; concurrency: number }) {
  const held = heldBy(useOverview(), email)
  return (
    <Text size="sm" span>
      {held?.inFlight ?? <NotStated />} of {slotsOf(concurrency)}
      {held === null || held.waiting === 0 ? '' : `; ${held.waiting} waiting for one`}
    </Text>
  )
}

/** On which accounts somebody’s sessions are at this moment. */
export function SessionsNow({ email }: { email: string }) {
  const overview = useOverview()
  if (overview === undefined) return <NotStated />
  const places = overview.accounts.flatMap(({ name: account, users }) =>
    users.filter(({ name }) => name === email).map(({ sessions, in_flight: inFlight }) => ({ account, sessions, inFlight }))
  )
  if (places.length === 0) {
    return overview.accounts.some(({ sessions, users_left_out: leftOut }) => sessions === null || leftOut > 0) ? (
      <NotStated />
    ) : (
      'none'
    )
  }
  return (
    <>
      {places.map(({ account, sessions, inFlight }) => (
        <Text size="sm" key={account}>
          {sessions === 1 ? '1 session' : `${sessions} sessions`} on <bdi>{account}</bdi>, {inFlight} in flight
        </Text>
      ))}
    </>
  )
}
