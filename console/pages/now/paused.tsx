import { $api, api } from '../../api/client.ts'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { Pauses } from '../../parts/pauses.tsx'

const POLL_MS = 5000

/** Keys, sessions and agents that brakes, or people, have paused, where there are any. */
export function Paused({ count, mayOperate }: { count: number; mayOperate: boolean }) {
  return count === 0 ? null : <PausedNow mayOperate={mayOperate} />
}

function PausedNow({ mayOperate }: { mayOperate: boolean }) {
  const query = { status: 'active', limit: 100 } as const
  const options = { ...BY_CURSOR, refetchInterval: POLL_MS, refetchIntervalInBackground: false }
  const pauses = $api.useInfiniteQuery('get', '/admin/v1/pauses', { params: { query } }, options)
  const resume = (id: string) => api.POST('/admin/v1/pauses/{id}/resume', { params: { path: { id } } })
  return <Pauses query={pauses} resume={mayOperate ? resume : null} />
}
