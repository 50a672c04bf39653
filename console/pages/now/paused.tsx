import { $api } from '../../api/client.ts'
import { PageLink } from '../../parts/links.tsx'
import { BY_CURSOR, rowsOf } from '../../parts/paged.tsx'
import { Section } from '../../parts/section.tsx'
import { PausesTable } from '../pauses/pauses-table.tsx'

const POLL_MS = 5000

/** Keys, sessions and agents that brakes, or people, have paused, where there are any. */
export function Paused({ count, mayOperate }: { count: number; mayOperate: boolean }) {
  return count === 0 ? null : <PausedNow count={count} mayOperate={mayOperate} />
}

function PausedNow({ count, mayOperate }: { count: number; mayOperate: boolean }) {
  // The newest of them; the page of pauses has the rest.
  const query = { status: 'active', limit: 5 } as const
  const options = { ...BY_CURSOR, refetchInterval: POLL_MS, refetchIntervalInBackground: false }
  const pauses = $api.useInfiniteQuery('get', '/admin/v1/pauses', { params: { query } }, options)
  const rows = rowsOf(pauses) ?? []
  if (rows.length === 0) return null
  return (
    <Section title="Paused" aside={<PageLink to="/pauses">All pauses ({count})</PageLink>}>
      <PausesTable rows={rows} isWhole={!pauses.hasNextPage} mayOperate={mayOperate} empty={null} />
    </Section>
  )
}
