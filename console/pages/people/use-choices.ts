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

/** The teams that somebody is in: those that a key of theirs can be in. */
export function useTeamChoices(email: string | null): string[] {
  const teams = $api.useQuery('get', '/admin/v1/teams', { params: { query: { limit: 1000 } } })
  return (teams.data?.data ?? []).flatMap(({ name, members }) => (members.some(({ user }) => user === email) ? [name] : []))
}
