import { Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { EditDialog } from '../../parts/edit-dialog.tsx'
import { bodyOf } from '../../parts/field.ts'
import { optionWords } from '../../parts/option-words.ts'
import { TEAM_FIELDS } from './team-fields.ts'
import type { TeamRow } from './teams.tsx'

/** What an operator does about a team. */
export function TeamActions({ team }: { team: TeamRow }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { id, name, status } = team
  const params = { path: { id } }

  async function setStatus(to: 'active' | 'disabled') {
    await api.PATCH('/admin/v1/teams/{id}', { params, body: { status: to } })
    await queries.invalidateQueries()
  }

  async function remove() {
    await api.DELETE('/admin/v1/teams/{id}', { params })
    await navigate({ to: '/teams' })
    await queries.invalidateQueries()
  }

  return (
    <Group gap="xs">
      <EditDialog
        label="Change"
        title={`Change ${name}`}
        row={team}
        fields={TEAM_FIELDS}
        command={(changes) => ['teams', 'change', name, ...optionWords(changes, TEAM_FIELDS)]}
        load={async () => (await api.GET('/admin/v1/teams/{id}', { params })).data!}
        save={async (changes, ifMatch) => {
          const header = { 'if-match': ifMatch }
          return (await api.PATCH('/admin/v1/teams/{id}', { params: { ...params, header }, body: bodyOf(changes) })).data!
        }}
        onSaved={async () => {
          await queries.invalidateQueries()
          notifications.show({ message: `${name} is changed` })
        }}
      />
      {status === 'disabled' ? (
        <Action
          key="enable"
          label="Enable"
          title={`Enable ${name}?`}
          done={`${name} is enabled`}
          command={['teams', 'enable', name]}
          run={() => setStatus('active')}
        >
          Its keys work again.
        </Action>
      ) : (
        <Action
          key="disable"
          label="Disable"
          title={`Disable ${name}?`}
          done={`${name} is disabled`}
          command={['teams', 'disable', name]}
          typed={name}
          run={() => setStatus('disabled')}
        >
          Requests with any key of the team are refused from now on. What is under way goes on to its end.
        </Action>
      )}
      <Action
        label="Remove"
        color="red"
        title={`Remove ${name} for good?`}
        done={`${name} is removed`}
        command={['teams', 'remove', name]}
        typed={name}
        run={remove}
      >
        Its keys are in no team then: neither the pool nor a share limits them any more. What was used keeps the team’s name in
        reports.
      </Action>
    </Group>
  )
}
