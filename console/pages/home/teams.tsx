import { OwnTeamCards } from '../../parts/own-teams.tsx'
import { Section } from '../../parts/section.tsx'
import { useOwnTeams } from '../../parts/use-own-teams.ts'

/** How somebody stands in their teams; nothing for whoever is in none. */
export function Teams() {
  const { data } = useOwnTeams()
  if (data === undefined || data.data.length === 0) return null
  return (
    <Section title="Teams">
      <OwnTeamCards teams={data.data} />
    </Section>
  )
}
