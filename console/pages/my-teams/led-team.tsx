import { Group, Paper, Stack, Text } from '@mantine/core'
import { useRouteContext } from '@tanstack/react-router'
import { $api } from '../../api/client.ts'
import { PageLink } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { memberApi } from '../../parts/member-api.ts'
import type { OwnTeam } from '../../parts/use-own-teams.ts'
import { Pool } from '../../parts/pool.tsx'
import { rowPage } from '../../parts/row-page.tsx'
import { Section, Sections } from '../../parts/section.tsx'
import { State } from '../../parts/standing.tsx'
import { TeamMembers } from '../../parts/team-members.tsx'
import { OwnPauses } from '../my-keys/own-pauses.tsx'
import { LedKeys } from './led-keys.tsx'
import { LedRaises } from './led-raises.tsx'
import { LedUsage } from './led-usage.tsx'

/** All of a team that the reader leads; for a member who does not, how it stands. */
export const LedTeam = rowPage('/me/v1/teams/{id}', TeamParts, 'Team', <PageLink to="/my/teams">My teams</PageLink>)

function TeamParts({ row: team }: { row: OwnTeam }) {
  const { id, name, status, role, time_zone: zone } = team
  if (role !== 'lead') return <Text>Only a lead of {name} manages it. How you stand in it is on the page My teams.</Text>
  return (
    <Stack gap="lg">
      <Group>
        <State state={status} />
        <Text size="sm">windows begin by the calendar, {zone}</Text>
      </Group>
      <Managed id={id} team={team} />
    </Stack>
  )
}

function Managed({ id, team }: { id: string; team: OwnTeam }) {
  const { session } = useRouteContext({ from: '/signed-in' })
  const members = $api.useQuery('get', '/me/v1/teams/{id}/members', { params: { path: { id } } })
  return (
    <Loaded query={members}>
      {({ data }) => (
        <Stack gap="lg">
          <Section title="Pool">
            <Paper withBorder p="sm">
              <Pool windows={team.pool} members={data} />
            </Paper>
          </Section>
          <OwnPauses team={team.name} />
          <Sections
            parts={{
              Members: (
                <TeamMembers
                  team={team}
                  members={data}
                  periods={team.pool.flatMap(({ kind, limit_usd: limit }) => (limit === null ? [] : [kind]))}
                  by={memberApi('me', id)}
                  self={session.name}
                />
              ),
              Raises: <LedRaises id={id} members={data.map(({ user }) => user)} />,
              Keys: <LedKeys id={id} />,
              'Usage by member': <LedUsage id={id} />
            }}
          />
        </Stack>
      )}
    </Loaded>
  )
}
