import { Box } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { api, type ResponseOf } from '../../api/client.ts'
import { nameColumn, noteColumn, stateColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { bodyOf, textOf } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { Pool } from '../../parts/pool.tsx'
import { SearchedList } from '../../parts/searched-list.tsx'
import { TEAM_FIELDS, type NewTeam } from './team-fields.ts'

export type TeamRow = ResponseOf<'get', '/admin/v1/teams'>['data'][number]

/** Who shares which budget, and what is used of it. */
export function Teams() {
  return (
    <SearchedList
      path="/teams"
      title="Teams"
      create={<CreateTeam />}
      columns={COLUMNS}
      empty="There is no team. Create one for people who share a budget; its leads manage it themselves."
      notFound="No team has that in its name."
    />
  )
}

const COLUMNS: readonly TableColumn<TeamRow>[] = [
  nameColumn('Team', '/teams/$id'),
  stateColumn(),
  {
    id: 'members',
    header: 'Members',
    cell: ({ members }) => members.length,
    value: ({ members }) => members.length,
    numeric: true
  },
  {
    id: 'pool',
    header: 'Pool',
    cell: ({ spending }) => (
      <Box miw={220}>
        <Pool windows={spending ?? []} />
      </Box>
    )
  },
  noteColumn()
]

/** A button with the dialog that makes a team. */
function CreateTeam() {
  const navigate = useNavigate()
  return (
    <FormDialog
      label="Create a team"
      title="Create a team"
      verb="Create"
      variant="filled"
      fields={TEAM_FIELDS}
      command={({ name, ...given }) => ['teams', 'add', textOf(name).trim(), ...optionWords(given, TEAM_FIELDS)]}
      run={async (given) => (await api.POST('/admin/v1/teams', { body: bodyOf(given) as unknown as NewTeam })).data!}
      after={({ id }) => navigate({ to: '/teams/$id', params: { id } })}
    />
  )
}
