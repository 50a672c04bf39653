import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './client.ts'

/** The path that tells whose session it is. */
export const SESSION = '/me/v1/session'

/** What is wrong with the request stays wrong; what is wrong with the server or the way there may pass. */
export const mayPass = (error: unknown) => error instanceof ApiError && (error.status === 0 || error.status >= 500)

export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401

/**
 * What pages ask the API through. A session that has ended is one event for all of them.
 *
 * @param onSignedOut called when a response says that nobody is signed in
 */
export function createQueries(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error, { queryKey }) {
        // Whoever asks for the session itself deals with it.
        if (isSignedOut(error) && queryKey[1] !== SESSION) onSignedOut()
      }
    }),
    mutationCache: new MutationCache({
      onError(error) {
        if (isSignedOut(error)) onSignedOut()
      }
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => mayPass(error) && count < 2,
        // Pages heal by themselves when the server or its database is back.
        refetchInterval: ({ state }) =>
          state.status === 'error' && state.error !== null && mayPass(state.error) ? 5_000 : false
      }
    }
  })
}
