import { Alert, Button, Stack, Text } from '@mantine/core'
import { $api, type RequestOf } from '../../api/client.ts'
import { formatMs } from '../../parts/amounts.ts'
import { Problem } from '../../parts/problem.tsx'

/** A button that tests an account which is not added yet, and shows what its upstream said. */
export function TryAccount({ body }: { body: RequestOf<'post', '/admin/v1/accounts'> }) {
  const test = $api.useMutation('post', '/admin/v1/accounts/test')
  const { data } = test
  return (
    <Stack gap="xs" align="flex-start">
      <Button variant="default" loading={test.isPending} onClick={() => test.mutate({ body })}>
        Test before adding
      </Button>
      <Text size="xs" c="dimmed">
        The upstream counts the tokens of one word. It costs nothing, and nothing is stored.
      </Text>
      {test.error === null ? null : <Problem error={test.error} title="Not tested" />}
      {data === undefined ? null : (
        <Alert
          color={data.ok ? 'green' : 'red'}
          variant="light"
          title={data.ok ? 'The upstream answers' : 'It would not serve'}
          role="status"
          w="100%"
        >
          <Text size="sm" c="inherit" style={{ overflowWrap: 'anywhere' }}>
            {data.ok
              ? `Status ${data.status} for ${data.model}, in ${formatMs(data.duration_ms)}.`
              : `For ${data.model}: ${data.problem ?? `status ${data.status}`}`}
          </Text>
        </Alert>
      )}
    </Stack>
  )
}
