import { useQuery, type QueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { isSignedOut, SESSION } from '../api/queries.ts'
import { $api, type ResponseOf } from '../api/client.ts'

export type Session = ResponseOf<'get', '/me/v1/session'>

const query = $api.queryOptions('get', SESSION, {}, { staleTime: 60_000 })

/** Whose session this is; null when nobody is signed in. Rejects when that cannot be told. */
export async function loadSession(queries: QueryClient): Promise<Session | null> {
  try {
    return await queries.ensureQueryData(query)
  } catch (error) {
    if (isSignedOut(error)) return null
    throw error
  }
}

/** Whether the session that pages were shown to has ended, as far as is known. */
const hasEnded = (queries: QueryClient) => isSignedOut(queries.getQueryState(query.queryKey)?.error)

/**
 * Asks whether the session is still there, after a response that says it is not. What pages show and what was typed there stays: `useSessionEnded`
 * has the person sign in over it.
 */
export function doubtSession(queries: QueryClient): void {
  if (!hasEnded(queries)) void askForSession(queries)
}

/** The session as it is now; null where nobody is signed in or that cannot be told. */
export async function askForSession(queries: QueryClient): Promise<Session | null> {
  return await queries.fetchQuery({ ...query, staleTime: 0 }).catch(() => null)
}

/** Whether the session ended under the open page. */
export function useSessionEnded(): boolean {
  const { error } = useQuery({ ...query, enabled: false })
  return isSignedOut(error)
}

/** Has the session asked for anew, and forgets all that was shown to the one before. */
export function forgetSession(queries: QueryClient): void {
  queries.clear()
}

/** Whether somebody sees the operator's pages. */
export const isOperator = ({ role }: Session) => role !== 'user'

/** Whether somebody may change what they see on the operator's pages; all others are shown no button for it. */
export const mayOperate = ({ role }: Session) => role === 'admin'

/** The same of the reader. */
export const useMayOperate = (): boolean => mayOperate(useRouteContext({ from: '/signed-in' }).session)
