import type { QueryClient } from '@tanstack/react-query'
import { SESSION } from '../api/queries.ts'
import { $api, ApiError, type ResponseOf } from '../api/client.ts'

export type Session = ResponseOf<'get', '/me/v1/session'>

const query = $api.queryOptions('get', SESSION, {}, { staleTime: 60_000 })

/** Whose session this is; null when nobody is signed in. Rejects when that cannot be told. */
export async function loadSession(queries: QueryClient): Promise<Session | null> {
  try {
    return await queries.ensureQueryData(query)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** Has the router ask for the session anew, and keeps what pages show and what was typed there, in case there is one after all. */
export function doubtSession(queries: QueryClient): void {
  queries.removeQueries({ queryKey: query.queryKey })
}

/** Has the session asked for anew, and forgets all that was shown to the one before. */
export function forgetSession(queries: QueryClient): void {
  queries.clear()
}

/** Whether somebody sees the operator's pages. */
export const isOperator = ({ role }: Session) => role !== 'user'

/** Whether somebody may change what they see on the operator's pages; all others are shown no button for it. */
export const mayOperate = ({ role }: Session) => role === 'admin'
