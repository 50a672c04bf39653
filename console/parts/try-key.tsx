import { Alert, Button, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { $api } from '../api/client.ts'
import { formatMs } from './amounts.ts'
import { Money } from './money.tsx'
import { Problem } from './problem.tsx'

export interface TryKeyProps {
  id: string
  name: string
  /** Whose API: that of people for a key of one’s own, that of operators for anybody’s. */
  api?: 'me' | 'admin'
}

/** A button that tries a key the whole way of a client’s request, and shows what became of it. */
export function TryKey({ id, name, api = 'me' }: TryKeyProps) {
  const queries = useQueryClient()
  const test = $api.useMutation('post', `/${api}/v1/keys/{id}/test`, {
    onSuccess: () => queries.invalidateQueries()
  })
  const { data } = test
  return (
    <Stack gap="xs" align="flex-start">
      <Button variant="default" loading={test.isPending} onClick={() => test.mutate({ params: { path: { id } }, body: {} })}>
        Does it work?
      </Button>
      <Text size="xs" c="dimmed">
        Sends a message of one token with the key {name}, which pays for it.
      </Text>
      {test.error === null ? null : <Problem error={test.error} title="Not tried" />}
      {data === undefined ? null : (
        <Alert
          color={data.ok ? 'green' : 'red'}
          variant="light"
          title={data.ok ? 'It works' : 'It does not work'}
          role="status"
          w="100%"
        >
          <Text size="sm" c="inherit">
            {data.ok ? (
              <>
                {data.model} answered in {formatMs(data.duration_ms)}, for <Money usd={data.cost_usd} />.
              </>
            ) : (
              <>
                A client reads: {data.error?.message ?? `status ${data.status}`} ({data.error?.type ?? data.status})
              </>
            )}
          </Text>
          <Text size="xs" c="inherit" ff="monospace">
            request {data.exchange_id}
          </Text>
        </Alert>
      )}
    </Stack>
  )
}
