import { api } from '../api/client.ts'
import type { MemberApi } from './team-members.tsx'

/**
 * Changes members of a team.
 *
 * @param side whose API: that of operators, or that of whoever leads the team
 */
export function memberApi(side: 'admin' | 'me', id: string): MemberApi {
  const of = (user: string, ifMatch: string) => ({ path: { id, user }, header: { 'if-match': ifMatch } })
  return {
    put: (user, body, ifMatch) => api.PUT(`/${side}/v1/teams/{id}/members/{user}`, { params: of(user, ifMatch), body }),
    patch: (user, body, ifMatch) => api.PATCH(`/${side}/v1/teams/{id}/members/{user}`, { params: of(user, ifMatch), body }),
    remove: (user) => api.DELETE(`/${side}/v1/teams/{id}/members/{user}`, { params: { path: { id, user } } }),
    async load() {
      const params = { path: { id } }
      const [team, members] = await Promise.all([
        api.GET(`/${side}/v1/teams/{id}`, { params }),
        api.GET(`/${side}/v1/teams/{id}/members`, { params })
      ])
      return { version: team.data!.version, members: members.data!.data }
    }
  }
}
