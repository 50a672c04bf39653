import { $api, api } from '../../api/client.ts'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { Pauses } from '../../parts/pauses.tsx'

/** What of somebody’s own keys is paused. */
export function OwnPauses() {
  const query = { status: 'active', limit: 100 } as const
  const pauses = $api.useInfiniteQuery('get', '/me/v1/pauses', { params: { query } }, BY_CURSOR)
  return <Pauses query={pauses} resume={(id) => api.POST('/me/v1/pauses/{id}/resume', { params: { path: { id } } })} />
}
