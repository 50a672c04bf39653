import { Group, Paper, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { formatMs } from '../../parts/amounts.ts'
import { CopyIcon } from '../../parts/copy.tsx'
import { Name } from '../../parts/name.tsx'
import { When } from '../../parts/when.tsx'
import { Problem } from '../../parts/problem.tsx'
import type { Exchange } from './exchange.ts'

/** Who asked for what, and how it ended. */
export function Facts({ exchange }: { exchange: Exchange }) {
  const {
    id,
    created_at: at,
    ended_at: end,
    user_email: user,
    key_name: key,
    group,
    refused_early: early,
    error,
    status
  } = exchange
  return (
    <>
      {error === null ? null : (
        <Problem title={`Refused with ${status ?? 'no status'} ${error.type}`} error={new Error(error.message)} />
      )}
      <Paper withBorder p="sm">
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="xs">
          <Fact name="Exchange">
            <Group gap={4} wrap="nowrap">
              <Text size="sm" ff="monospace" style={{ wordBreak: 'break-all' }}>
                {id}
              </Text>
              <CopyIcon text={id} label="exchange id" />
            </Group>
          </Fact>
          <Fact name="Came">
            <When at={at} />
            {early === null ? `, took ${formatMs(Date.parse(end) - Date.parse(at))}` : ''}
          </Fact>
          {user === null ? null : (
            <Fact name="From">
              <Name of={user} />
              {key === null ? null : (
                <>
                  , key <Name of={key} />
                </>
              )}
              {group === null ? null : (
                <>
                  , group <Name of={group} />
                </>
              )}
            </Fact>
          )}
          {early === null ? (
            <Fact name="Asked for">{askedFor(exchange)}</Fact>
          ) : (
            <Fact name="Refused at the door">{originOf(early)}</Fact>
          )}
          <Fact name="Ended">{endingOf(exchange)}</Fact>
        </SimpleGrid>
      </Paper>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div">
        {children}
      </Text>
    </div>
  )
}

function askedFor({ kind, model, stream, pinned, session }: Exchange): ReactNode {
  if (model === null) return 'not known: it was refused before its body was read, or the body could not be read'
  const more = [
    ...(kind === 'count_tokens' ? ['a count of its tokens'] : [stream === true ? 'as a stream' : 'in one piece']),
    ...(session === null ? [] : [`session ${session}`]),
    ...(pinned === true ? ['whose state is kept at the upstream'] : [])
  ]
  return (
    <>
      <Name of={model} />, {more.join(', ')}
    </>
  )
}

function originOf({ address, path, keys }: NonNullable<Exchange['refused_early']>): string {
  const asked = path === null ? '' : `, ${path}`
  const given = keys === null ? '' : keys === '' ? ', without a key' : `, with ${keys}`
  return `from ${address ?? 'an unknown address'}${asked}${given}`
}

function endingOf({ status, client_gone: clientGone, error }: Exchange): string {
  const response = status === null ? 'no response' : `${error === null ? 'answered' : 'refused'} with status ${status}`
  return clientGone ? `${response}; the client left before the end` : response
}
