import { $api, type ResponseOf } from '../../api/client.ts'

type Account = ResponseOf<'get', '/admin/v1/accounts'>['data'][number]

/** An account that serves a group. */
export interface Server {
  id: string
  name: string
  /** Whether it gets requests at all; a cooldown passes, and does not count. */
  isUsed: boolean
}

const serverOf = ({ id, name, status, schedulable }: Account): Server => ({
  id,
  name,
  isUsed: status === 'active' && schedulable
})

/** Which accounts serve each group, by the group’s name; undefined before that is known. */
export function useServers(): ReadonlyMap<string, readonly Server[]> | undefined {
  const accounts = $api.useQuery('get', '/admin/v1/accounts', { params: { query: { limit: 1000 } } })
  // More than that, and what is here would say that groups are served by nobody.
  if (accounts.data === undefined || accounts.data.next_cursor !== null) return undefined
  const pairs = accounts.data.data.flatMap((account) => account.groups.map((group) => [group, serverOf(account)] as const))
  return new Map(
    [...Map.groupBy(pairs, ([group]) => group)].map(([group, found]) => [group, found.map(([, server]) => server)])
  )
}
