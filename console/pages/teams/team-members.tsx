import { $api, api } from '../../api/client.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { PersonLink } from '../../parts/person-link.tsx'
import { TeamMembers, type MemberApi } from '../../parts/team-members.tsx'
import type { TeamRow } from './teams.tsx'

function membersOf(id: string): MemberApi {
  const pathOf = (user: string) => ({ id, user })
  return {
    put: (user, body, ifMatch) =>
      api.PUT('/admin/v1/teams/{id}/members/{user}', {
        params: { path: pathOf(user), header: { 'if-match': ifMatch } },
        body
      }),
    patch: (user, body, ifMatch) =>
      api.PATCH('/admin/v1/teams/{id}/members/{user}', {
        params: { path: pathOf(user), header: { 'if-match': ifMatch } },
        body
      }),
    remove: (user) => api.DELETE('/admin/v1/teams/{id}/members/{user}', { params: { path: pathOf(user) } }),
    async load() {
      const params = { path: { id } }
      const [team, members] = await Promise.all([
        api.GET('/admin/v1/teams/{id}', { params }),
        api.GET('/admin/v1/teams/{id}/members', { params })
      ])
      return { version: team.data!.version, members: members.data!.data }
    }
  }
}

/** The members of any team, for operators. */
export function MembersOfTeam({ team, mayChange }: { team: TeamRow; mayChange: boolean }) {
  const members = $api.useQuery('get', '/admin/v1/teams/{id}/members', { params: { path: { id: team.id } } })
  return (
    <Loaded query={members}>
      {({ data }) => (
        <TeamMembers
          team={team}
          members={data}
          periods={(team.spending ?? []).flatMap(({ kind, limit_usd: limit }) => (limit === null ? [] : [kind]))}
          by={mayChange ? membersOf(team.id) : null}
          hasCommands
          nameOf={({ user }) => <PersonLink email={user} />}
        />
      )}
    </Loaded>
  )
}
