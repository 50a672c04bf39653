import { Text } from '@mantine/core'
import { $api, type RequestOf } from '../../api/client.ts'
import { formatMs } from '../../parts/amounts.ts'
import { Trial } from '../../parts/trial.tsx'

/** A button that tests an account which is not added yet, and shows what its upstream said. */
export function TryAccount({ body }: { body: RequestOf<'post', '/admin/v1/accounts'> }) {
  const { data, error, isPending, mutate } = $api.useMutation('post', '/admin/v1/accounts/test')
  return (
    <Trial
      label="Test before adding"
      about="The upstream counts the tokens of one word. It costs nothing, and nothing is stored."
      isPending={isPending}
      onBegin={() => mutate({ body })}
      error={error}
      failed="Not tested"
      outcome={
        data === undefined
          ? null
          : {
              ok: data.ok,
              title: data.ok ? 'The upstream answers' : 'It would not serve',
              text: (
                <Text size="sm" c="inherit" style={{ overflowWrap: 'anywhere' }}>
                  {data.ok
                    ? `Status ${data.status} for ${data.model}, in ${formatMs(data.duration_ms)}.`
                    : `For ${data.model}: ${data.problem ?? `status ${data.status}`}`}
                </Text>
              )
            }
      }
    />
  )
}
