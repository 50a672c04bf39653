import type { Gateway } from './gateway.ts'
import { callJson } from './json-requests.ts'

export const SCIM_TOKEN = 'a-scim-token-for-tests-and-nothing-else'

export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** A resource, a list of them or an error, as SCIM has it. */
export interface ScimBody {
  schemas: string[]
  id: string
  userName: string
  displayName: string
  externalId?: string
  active: boolean
  members: { value: string; display: string }[]
  groups: { value: string; display: string }[]
  emails: { value: string }[]
  meta: { version: string; location: string; resourceType: string }
  totalResults: number
  itemsPerPage: number
  startIndex: number
  Resources: ScimBody[]
  status: string
  scimType?: string
  detail: string
}

/** Asks as an identity provider does. */
export function scimClientOf(gateway: Pick<Gateway, 'adminUrl'>, token = SCIM_TOKEN) {
  const type = { 'content-type': 'application/scim+json' }
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    callJson<ScimBody>(
      `${gateway.adminUrl}/scim/v2${path}`,
      method,
      { authorization: `Bearer ${token}`, ...(body === undefined ? {} : type), ...headers },
      body
    )
  const patch = (path: string, ...Operations: object[]) => call('PATCH', path, { schemas: [PATCH_OP], Operations })
  const list = async (path: string, query: Record<string, string>) =>
    (await call('GET', `${path}?${new URLSearchParams(query).toString()}`)).body
  return { call, patch, list }
}
