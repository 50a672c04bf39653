import { Alert } from '@mantine/core'
import { useQueryClient, type QueryCache } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { ApiError } from '../api/client.ts'

const isOffline = (cache: QueryCache) =>
  cache.findAll({ type: 'active' }).some(({ state: { error } }) => error instanceof ApiError && error.status === 0)

/** Says that what is shown is old, as long as nothing answers; pages ask again by themselves. */
export function OfflineNotice() {
  const cache = useQueryClient().getQueryCache()
  const offline = useSyncExternalStore(
    (changed) => cache.subscribe(changed),
    () => isOffline(cache)
  )
  if (!offline) return null
  return (
    <Alert color="orange" mb="sm" role="status">
      Sluice does not response. What is shown may be old; this page tries again by itself.
    </Alert>
  )
}
