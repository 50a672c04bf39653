import { SimpleGrid, Text } from '@mantine/core'
import { Card } from './card.tsx'
import { formatUsd } from './amounts.ts'
import { PageLink } from './links.tsx'
import { periodLabel } from './periods.ts'
import { UsedBar } from './standing.tsx'
import type { OwnTeam } from './use-own-teams.ts'

/** How somebody stands in each of their teams. */
export function OwnTeamCards({ teams }: { teams: readonly OwnTeam[] }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
      {teams.map((team) => (
        <OwnTeamCard key={team.id} team={team} />
      ))}
    </SimpleGrid>
  )
}

function OwnTeamCard({ team: { id, name, role, status, pool, share } }: { team: OwnTeam }) {
  const limited = share.filter(({ remaining_usd: left }) => left !== null)
  return (
    <Card label={`Team ${name}`} name={name} state={status}>
      {limited.length === 0 ? <Text size="sm">There is no limit to what you may use of it.</Text> : null}
      {limited.map((window) => (
        <Share key={window.kind} share={window} pool={pool.find(({ kind }) => kind === window.kind)} />
      ))}
      {role === 'lead' ? (
        <PageLink to="/my/teams/$id" params={{ id }}>
          Manage {name}
        </PageLink>
      ) : null}
    </Card>
  )
}

interface ShareProps {
  share: OwnTeam['share'][number]
  pool: OwnTeam['pool'][number] | undefined
}

/** What is left of one window: of one’s own share, and of the pool. */
function Share({ share, pool }: ShareProps) {
  const { kind, remaining_usd: left, limit_usd: limit, used_usd: used, guaranteed_usd: guaranteed, resets_at: resetsAt } = share
  const label = periodLabel(kind)
  const isUsedUp = Number(left) <= 0
  return (
    <div role="group" aria-label={label}>
      <Text size="sm">
        {label}:{' '}
        {isUsedUp ? (
          <Text span inherit c="var(--mantine-color-error)" fw={600}>
            nothing left for you
          </Text>
        ) : (
          <>
            <b>{formatUsd(left ?? '0')}</b> left for you
          </>
        )}
        ; you used {formatUsd(used)}
        {guaranteed === null ? '' : `, ${formatUsd(guaranteed)} are guaranteed to you`}
      </Text>
      {limit === null ? null : (
        <UsedBar name={`You, of at most ${formatUsd(limit)}`} share={Number(used) / Number(limit)} resetsAt={resetsAt} />
      )}
      {pool === undefined || pool.limit_usd === null ? null : (
        <UsedBar
          name={`The team, of ${formatUsd(pool.limit_usd)}`}
          share={Number(pool.used_usd) / Number(pool.limit_usd)}
          resetsAt={limit === null ? resetsAt : null}
        />
      )}
    </div>
  )
}
