import { Alert, Group, Loader, Text } from '@mantine/core'
import { $api } from '../../api/client.ts'
import { PageLink } from '../../parts/links.tsx'
import { When } from '../../parts/when.tsx'
import type { Side } from './side.ts'

interface NotesProps {
  side: Side
  isCut: boolean
  isGrowing: boolean
  count: number
  isOff: boolean
}

/** What one must know to read the numbers. */
export function Notes({ side, isCut, isGrowing, count, isOff }: NotesProps) {
  return (
    <>
      {isGrowing ? (
        <Group gap="xs" role="status">
          <Loader size="xs" />
          <Text size="sm">{count} sums so far; more are on their way, and the totals come last.</Text>
        </Group>
      ) : null}
      {isCut ? (
        <Alert color="orange" role="status">
          These are the first {count} sums of more: no totals are shown. Choose days instead of hours, a shorter time, or a
          filter.
        </Alert>
      ) : null}
      {isOff ? (
        <Text size="sm" c="dimmed">
          Days are those of UTC: usage is summed up by its full hours, and days of your time zone begin at none.
        </Text>
      ) : null}
      {side === 'all' ? <LastVerified /> : null}
    </>
  )
}

/** When these sums were last held against the events and the ledger. */
function LastVerified() {
  const query = { state: ['agrees', 'drifted'], limit: 1 } satisfies { state: ('agrees' | 'drifted')[]; limit: number }
  const { data } = $api.useQuery('get', '/admin/v1/verifications', { params: { query } }, { staleTime: 60_000 })
  if (data === undefined) return null
  const [last] = data.data
  const hasDrift = last?.state === 'drifted'
  return (
    <Text size="sm" c={hasDrift ? 'red' : 'dimmed'}>
      These are the sums that are kept as usage is settled.{' '}
      {last === undefined ? (
        'They have not been verified against the ledger yet.'
      ) : (
        <>
          Last verified against the ledger <When at={last.ended_at} />: {hasDrift ? 'something differs.' : 'no drift.'}
        </>
      )}{' '}
      <PageLink to="/trust">Trust</PageLink>
    </Text>
  )
}
