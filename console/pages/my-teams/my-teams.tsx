import { Text } from '@mantine/core'
import { Loaded } from '../../parts/loaded.tsx'
import { OwnTeamCards } from '../../parts/own-teams.tsx'
import { Page } from '../../parts/page.tsx'
import { useOwnTeams } from '../../parts/use-own-teams.ts'

/** The teams that somebody is in; those that they lead they manage from here. */
export function MyTeams() {
  const teams = useOwnTeams()
  return (
    <Page title="My teams">
      <Loaded query={teams}>
        {({ data }) =>
          data.length === 0 ? (
            <Text c="dimmed">You are in no team. A lead of one can add you, or an operator.</Text>
          ) : (
            <OwnTeamCards teams={data} />
          )
        }
      </Loaded>
    </Page>
  )
}
