import { $api, type ResponseOf } from '../api/client.ts'

export type OwnTeam = ResponseOf<'get', '/me/v1/teams'>['data'][number]

const POLL_MS = 30_000
const IN_MS = 5 * 60_000

/** The teams that somebody is in, as they stand now. */
export const useOwnTeams = (isEnabled = true) =>
  $api.useQuery('get', '/me/v1/teams', {}, { enabled: isEnabled, refetchInterval: POLL_MS, refetchIntervalInBackground: false })

/** Whether somebody is in any, which seldom changes. */
export const useIsInTeam = (isUser: boolean): boolean =>
  ($api.useQuery('get', '/me/v1/teams', {}, { enabled: isUser, staleTime: IN_MS }).data?.data.length ?? 0) > 0
