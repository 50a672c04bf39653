import { Group } from '@mantine/core'
import { api } from '../../api/client.ts'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { editedRow } from '../../parts/edited-row.ts'
import { optionWords } from '../../parts/option-words.ts'
import { RemoveAction, StatusAction } from '../../parts/row-actions.tsx'
import { TEAM_FIELDS } from './team-fields.ts'
import type { TeamRow } from './teams.tsx'

/** What an operator does about a team. */
export function TeamActions({ team }: { team: TeamRow }) {
  const { id, name, status } = team
  const params = { path: { id } }
  return (
    <Group gap="xs">
      <EditDialog
        label="Change"
        title={`Change ${name}`}
        row={team}
        {...editedRow('/admin/v1/teams/{id}', id)}
        fields={TEAM_FIELDS}
        command={(changes) => ['teams', 'change', name, ...optionWords(changes, TEAM_FIELDS)]}
        done={`${name} is changed`}
      />
      <StatusAction
        name={name}
        status={status}
        setStatus={(to) => api.PATCH('/admin/v1/teams/{id}', { params, body: { status: to } })}
        command={(verb) => ['teams', verb, name]}
        enabled="Its keys work again."
        disabled="Requests with any key of the team are refused from now on. What is under way goes on to its end."
        isTyped
      />
      <RemoveAction
        name={name}
        remove={() => api.DELETE('/admin/v1/teams/{id}', { params })}
        to="/teams"
        command={['teams', 'remove', name]}
      >
        Its keys are in no team then: neither the pool nor a share limits them any more. What was used keeps the team’s name in
        reports.
      </RemoveAction>
    </Group>
  )
}
