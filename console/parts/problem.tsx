import { Alert, Text } from '@mantine/core'
import { ApiError } from '../api/client.ts'

const titleOf = (error: unknown) => {
  if (!(error instanceof ApiError)) return 'Something went wrong in the page'
  if (error.status === 0) return 'Offline'
  return error.status >= 500 ? 'Sluice cannot do that now' : 'Refused'
}

/** An error in the API's own words, with the request id that the log has it under; nothing where there is none. */
export function Problem({ error, title }: { error: unknown; title?: string }) {
  if (error === null || error === undefined) return null
  const message = error instanceof Error ? error.message : 'It is not known what'
  const requestId = error instanceof ApiError ? error.requestId : null
  return (
    <Alert color="red" variant="light" title={title ?? titleOf(error)} role="alert">
      <Text size="sm" c="inherit">
        {message}
      </Text>
      {requestId === null ? null : (
        <Text size="xs" c="inherit" ff="monospace">
          request {requestId}
        </Text>
      )}
    </Alert>
  )
}
