import { Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { useRouteContext } from '@tanstack/react-router'
import { $api, api, type ResponseOf } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { Name } from '../../parts/name.tsx'
import { partOfKey } from '../../parts/part-of-key.ts'
import { Section } from '../../parts/section.tsx'
import { When } from '../../parts/when.tsx'

const POLL_MS = 10_000

type OwnPause = ResponseOf<'get', '/me/v1/pauses'>['data'][number]

/**
 * What of somebody’s own keys is paused now; nothing where nothing is.
 *
 * @param team of all keys of a team that they lead, instead
 */
export function OwnPauses({ team }: { team?: string }) {
  const { session } = useRouteContext({ from: '/signed-in' })
  const { data } = $api.useQuery(
    'get',
    '/me/v1/pauses',
    { params: { query: { status: 'active', limit: 100, ...(team === undefined ? {} : { team }) } } },
    { refetchInterval: POLL_MS, refetchIntervalInBackground: false }
  )
  if (data === undefined || data.data.length === 0) return null
  return (
    <Section title="Paused">
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {data.data.map((pause) => (
          <PauseCard key={pause.id} pause={pause} name={session.name} />
        ))}
      </SimpleGrid>
      {data.next_cursor === null ? null : (
        <Text size="sm" mt="xs">
          and more
        </Text>
      )}
    </Section>
  )
}

/** @param name the reader’s */
function PauseCard({ pause, name }: { pause: OwnPause; name: string }) {
  const { key, user_email: owner, reason, created_at: since, ends_at: end, kind, created_by: by } = pause
  return (
    <Paper withBorder p="sm" component="article" aria-label={`Pause of ${key}`}>
      <Stack gap={6} align="flex-start">
        <Text fw={600} component="div">
          <Name of={key} />
        </Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {owner === name ? '' : `of ${owner}, `}
          {partOfKey(pause)}
        </Text>
        <Text size="sm" dir="auto" style={{ overflowWrap: 'anywhere' }}>
          Paused: {reason}
        </Text>
        <Text size="sm">
          since <When at={since} />;{' '}
          {end === null ? (
            'it ends when it is resumed'
          ) : (
            <>
              ends <When at={end} />
            </>
          )}
        </Text>
        {kind === 'hand' && by !== name ? (
          <Text size="sm">An operator has paused it: ask them to resume it.</Text>
        ) : (
          <Resume pause={pause} />
        )}
      </Stack>
    </Paper>
  )
}

function Resume({ pause: { id, key, ...pause } }: { pause: OwnPause }) {
  return (
    <Action
      label="Resume"
      title={`Resume ${key}?`}
      done={`${key} is resumed`}
      run={() => api.POST('/me/v1/pauses/{id}/resume', { params: { path: { id } } })}
    >
      Requests of {partOfKey(pause)} are served again, and its brakes count anew. Look first at what made it run away: it may do
      so again.
    </Action>
  )
}
