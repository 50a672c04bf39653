import { Group, Paper, Stack } from '@mantine/core'
import { useParams, useRouteContext } from '@tanstack/react-router'
import { $api } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import { Facts, noteFact } from '../../parts/facts.tsx'
import { PageLink } from '../../parts/links.tsx'
import { ListedKeys } from '../../parts/listed-keys.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Pool } from '../../parts/pool.tsx'
import { Section } from '../../parts/section.tsx'
import { State } from '../../parts/standing.tsx'
import { TeamActions } from './team-actions.tsx'
import { MembersOfTeam } from './team-members.tsx'
import { TeamRaises } from './team-raises.tsx'
import type { TeamRow } from './teams.tsx'

/** All of one team: its pool, who is in it with which share, what is raised, and its keys. */
export function TeamPage() {
  const { id } = useParams({ from: '/signed-in/operators/teams/$id' })
  const team = $api.useQuery('get', '/admin/v1/teams/{id}', { params: { path: { id } } })
  return (
    <Page title={team.data?.name ?? 'Team'} aside={<PageLink to="/teams">All teams</PageLink>}>
      <Loaded query={team}>{(row) => <TeamParts key={row.id} team={row} />}</Loaded>
    </Page>
  )
}

function TeamParts({ team }: { team: TeamRow }) {
  const { session } = useRouteContext({ from: '/signed-in' })
  const mayChange = mayOperate(session)
  const { name, status, time_zone: zone, spending, members, note } = team
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Group gap="sm">
          <State state={status} />
          <PageLink to="/usage" search={{ team: [name], rows: 'user', range: '30d' }}>
            Usage by member
          </PageLink>
          <PageLink to="/requests" search={{ team: [name] }}>
            Requests
          </PageLink>
        </Group>
        {mayChange ? <TeamActions team={team} /> : null}
      </Group>
      <Section title="Pool">
        <Paper withBorder p="sm">
          <Pool windows={spending ?? []} members={members} />
        </Paper>
      </Section>
      <Facts name="What it is" facts={[['Windows begin', `by the calendar, ${zone}`], noteFact(note)]} />
      <Section title="Members">
        <MembersOfTeam team={team} mayChange={mayChange} />
      </Section>
      <Section title="Raises">
        <TeamRaises team={team} mayChange={mayChange} />
      </Section>
      <Section title="Keys">
        <ListedKeys
          of={{ team: name }}
          empty="No key is in this team. Members choose it when they create a key; you put in those that there are, on their page."
        />
      </Section>
    </Stack>
  )
}
