import { Paper, Stack } from '@mantine/core'
import { useMayOperate } from '../../app/session.ts'
import { Facts, noteFact } from '../../parts/facts.tsx'
import { PageLink } from '../../parts/links.tsx'
import { ListedKeys } from '../../parts/listed-keys.tsx'
import { Pool } from '../../parts/pool.tsx'
import { RowHead, rowPage } from '../../parts/row-page.tsx'
import { Section, Sections } from '../../parts/section.tsx'
import { TeamActions } from './team-actions.tsx'
import { MembersOfTeam } from './team-members.tsx'
import { TeamRaises } from './team-raises.tsx'
import type { TeamRow } from './teams.tsx'

/** All of one team: its pool, who is in it with which share, what is raised, and its keys. */
export const TeamPage = rowPage('/admin/v1/teams/{id}', TeamParts, 'Team', <PageLink to="/teams">All teams</PageLink>)

function TeamParts({ row: team }: { row: TeamRow }) {
  const mayChange = useMayOperate()
  const { name, status, time_zone: zone, spending, members, note } = team
  return (
    <Stack gap="lg">
      <RowHead state={status} actions={<TeamActions team={team} />}>
        <PageLink to="/usage" search={{ team: [name], rows: 'user', range: '30d' }}>
          Usage by member
        </PageLink>
        <PageLink to="/requests" search={{ team: [name] }}>
          Requests
        </PageLink>
      </RowHead>
      <Section title="Pool">
        <Paper withBorder p="sm">
          <Pool windows={spending ?? []} members={members} />
        </Paper>
      </Section>
      <Facts name="What it is" facts={[['Windows begin', `by the calendar, ${zone}`], noteFact(note)]} />
      <Sections
        parts={{
          Members: <MembersOfTeam team={team} mayChange={mayChange} />,
          Raises: <TeamRaises team={team} mayChange={mayChange} />,
          Keys: (
            <ListedKeys
              of={{ team: name }}
              empty="No key is in this team. Members choose it when they create a key; you put in those that there are, on their page."
            />
          )
        }}
      />
    </Stack>
  )
}
