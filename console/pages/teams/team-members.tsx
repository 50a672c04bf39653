import { $api } from '../../api/client.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { memberApi } from '../../parts/member-api.ts'
import { PersonLink } from '../../parts/person-link.tsx'
import { TeamMembers } from '../../parts/team-members.tsx'
import type { TeamRow } from './teams.tsx'

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
          by={mayChange ? memberApi('admin', team.id) : null}
          hasCommands
          nameOf={({ user }) => <PersonLink email={user} />}
        />
      )}
    </Loaded>
  )
}
