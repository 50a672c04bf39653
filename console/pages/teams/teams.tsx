import { Box } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { getRouteApi, useRouteContext } from '@tanstack/react-router'
import { $api, api, type ResponseOf } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import type { TableColumn } from '../../parts/data-table.tsx'
import { bodyOf, textOf } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { Pool } from '../../parts/pool.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { readSearched } from '../../parts/search.ts'
import { State } from '../../parts/standing.tsx'
import { TEAM_FIELDS, type NewTeam } from './team-fields.ts'

const route = getRouteApi('/signed-in/operators/teams')

export type TeamRow = ResponseOf<'get', '/admin/v1/teams'>['data'][number]

/** Who shares which budget, and what is used of it. */
export function Teams() {
  const { session } = useRouteContext({ from: '/signed-in' })
  const { q } = route.useSearch()
  const navigate = route.useNavigate()
  const query = { limit: 100, ...(q === undefined ? {} : { q }) }
  const teams = $api.useInfiniteQuery(
    'get',
    '/admin/v1/teams',
    { params: { query } },
    { ...BY_CURSOR, placeholderData: keepPreviousData }
  )
  return (
    <Page title="Teams" aside={mayOperate(session) ? <CreateTeam /> : null}>
      <SearchBox
        label="Search"
        placeholder="a part of a name"
        value={q ?? ''}
        onSearch={(text) => void navigate({ search: readSearched({ q: text }), replace: true })}
      />
      <PagedTable
        query={teams}
        name="Teams"
        columns={COLUMNS}
        empty={
          q === undefined
            ? 'There is no team. Create one for people who share a budget; its leads manage it themselves.'
            : 'No team has that in its name.'
        }
      />
    </Page>
  )
}

const COLUMNS: readonly TableColumn<TeamRow>[] = [
  {
    id: 'name',
    header: 'Team',
    cell: ({ id, name }) => (
      <PageLink to="/teams/$id" params={{ id }}>
        <Name of={name} width={240} />
      </PageLink>
    ),
    value: ({ name }) => name
  },
  { id: 'state', header: 'State', cell: ({ status }) => <State state={status} />, value: ({ status }) => status },
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
  {
    id: 'note',
    header: 'Note',
    cell: ({ note }) => (note === null ? null : <Name of={note} />),
    value: ({ note }) => note,
    hidden: true
  }
]

/** A button with the dialog that makes a team. */
function CreateTeam() {
  const navigate = route.useNavigate()

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
