import { $api } from '../../api/client.ts'

/** The groups that keys and subscriptions can be in. */
export function useGroupChoices(): { all: string[]; ofSubscriptions: string[] } {
  const groups = $api.useQuery('get', '/admin/v1/groups', { params: { query: { limit: 1000 } } })
  const rows = groups.data?.data ?? []
  return {
    all: rows.map(({ name }) => name),
    ofSubscriptions: rows.filter(({ kind }) => kind === 'subscription').map(({ name }) => name)
  }
}
