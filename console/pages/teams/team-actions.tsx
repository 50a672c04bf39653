import { Group } from '@mantine/core'
import { editedRow } from '../../parts/edited-row.ts'
import { ChangeRow, RemoveAction, StatusAction } from '../../parts/row-actions.tsx'
import { TEAM_FIELDS } from './team-fields.ts'
import type { TeamRow } from './teams.tsx'

/** What an operator does about a team. */
export function TeamActions({ team }: { team: TeamRow }) {
  const edited = editedRow('/admin/v1/teams/{id}', team, team.name, ['teams', team.name])
  return (
    <Group gap="xs">
      <ChangeRow {...edited} fields={TEAM_FIELDS} />
      <StatusAction
        {...edited}
        enabled="Its keys work again."
        disabled="Requests with any key of the team are refused from now on. What is under way goes on to its end."
        isTyped
      />
      <RemoveAction {...edited} to="/teams">
        Its keys are in no team then: neither the pool nor a share limits them any more. What was used keeps the team’s name in
        reports.
      </RemoveAction>
    </Group>
  )
}
