import { editedRow } from '../../parts/edited-row.ts'
import { ChangeRow, RemoveAction, StatusOfKeys } from '../../parts/row-actions.tsx'
import { TEAM_FIELDS } from './team-fields.ts'
import type { TeamRow } from './teams.tsx'

/** What an operator does about a team. */
export function TeamActions({ team }: { team: TeamRow }) {
  const edited = editedRow('/admin/v1/teams/{id}', team, team.name, ['teams', team.name])
  return (
    <>
      <ChangeRow {...edited} fields={TEAM_FIELDS} />
      <StatusOfKeys {...edited} kind="team" />
      <RemoveAction {...edited} to="/teams">
        Its keys are in no team then: neither the pool nor a share limits them any more. What was used keeps the team’s name in
        reports.
      </RemoveAction>
    </>
  )
}
