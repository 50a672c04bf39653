import { Center, Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { Problem } from './problem.tsx'

interface Query<T> {
  data: T | undefined
  error: unknown
}

/** What a query brought. What was brought before stays when a later try fails, with the failure above it. */
export function Loaded<T>({ query: { data, error }, children }: { query: Query<T>; children: (data: T) => ReactNode }) {
  const isFailed = error !== null && error !== undefined
  if (data === undefined) {
    return isFailed ? (
      <Problem error={error} />
    ) : (
      <Center p="xl">
        <Loader role="status" aria-label="Loading" />
      </Center>
    )
  }
  return (
    <>
      {isFailed ? <Problem error={error} title="This may be old" /> : null}
      {children(data)}
    </>
  )
}
