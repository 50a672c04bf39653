import { Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { $api, type ResponseOf } from '../api/client.ts'
import { formatMs } from './amounts.ts'
import { Money } from './money.tsx'
import { Trial } from './trial.tsx'

export interface TryKeyProps {
  id: string
  name: string
  /** Whose API: that of people for a key of one’s own, that of operators for anybody’s. */
  api?: 'me' | 'admin'
}

/** A button that tries a key the whole way of a client’s request, and shows what became of it. */
export function TryKey({ id, name, api = 'me' }: TryKeyProps) {
  const queries = useQueryClient()
  const { data, error, isPending, mutate } = $api.useMutation('post', `/${api}/v1/keys/{id}/test`, {
    onSuccess: () => queries.invalidateQueries()
  })
  return (
    <Trial
      label="Does it work?"
      about={`Sends a message of one token with the key ${name}, which pays for it.`}
      isPending={isPending}
      onBegin={() => mutate({ params: { path: { id } }, body: {} })}
      error={error}
      failed="Not tried"
      outcome={
        data === undefined
          ? null
          : { ok: data.ok, title: data.ok ? 'It works' : 'It does not work', text: <Tried result={data} /> }
      }
    />
  )
}

function Tried({ result }: { result: ResponseOf<'post', '/me/v1/keys/{id}/test'> }) {
  const { ok, model, duration_ms: durationMs, cost_usd: cost, error, status, exchange_id: exchangeId } = result
  return (
    <>
      <Text size="sm" c="inherit">
        {ok ? (
          <>
            {model} answered in {formatMs(durationMs)}, for <Money usd={cost} />.
          </>
        ) : (
          <>
            A client reads: {error?.message ?? `status ${status}`} ({error?.type ?? status})
          </>
        )}
      </Text>
      <Text size="xs" c="inherit" ff="monospace">
        request {exchangeId}
      </Text>
    </>
  )
}
