import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { listRequestOf, listResponse, MOST_OF_A_PAGE } from './lists.ts'

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const CORE = 'urn:ietf:params:scim:schemas:core:2.0'

const CONFIG = {
  schemas: [`${CORE}:ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: MOST_OF_A_PAGE },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'A token of SCIM_TOKEN',
      specUri: 'https://www.rfc-editor.org/rfc/rfc6750'
    }
  ],
  meta: { resourceType: 'ServiceProviderConfig' }
}

const RESOURCE_TYPES = [
  { id: 'User', name: 'User', endpoint: '/Users', schema: USER, description: 'A user of Sluice' },
  { id: 'Group', name: 'Group', endpoint: '/Groups', schema: GROUP, description: 'A group of the identity provider' }
].map((type) => ({ schemas: [`${CORE}:ResourceType`], ...type, meta: { resourceType: 'ResourceType' } }))

interface AttributeOptions {
  type?: 'string' | 'boolean' | 'complex'
  required?: boolean
  multiValued?: boolean
  mutability?: 'readWrite' | 'readOnly' | 'immutable'
  caseExact?: boolean
  uniqueness?: 'none' | 'server'
  subAttributes?: object[]
}

const attribute = (name: string, description: string, options: AttributeOptions = {}) => ({
  name,
  type: 'string',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...options
})

const SCHEMAS = [
  {
    id: USER,
    name: 'User',
    description: 'A user of Sluice',
    attributes: [
      attribute('userName', 'Their e-mail address, or what the provider calls them', { required: true, uniqueness: 'server' }),
      attribute('externalId', 'What the provider knows them by', { caseExact: true }),
      attribute('displayName', 'Their name as it is shown'),
      attribute('name', 'The parts of their name', {
        type: 'complex',
        subAttributes: [attribute('givenName', 'The given name'), attribute('familyName', 'The family name')]
      }),
      attribute('emails', 'The address that they are known by in Sluice, which stays', {
        type: 'complex',
        multiValued: true,
        mutability: 'immutable',
        subAttributes: [
          attribute('value', 'The address', { mutability: 'immutable' }),
          attribute('type', 'work', { mutability: 'readOnly' }),
          attribute('primary', 'Always true', { type: 'boolean', mutability: 'readOnly' })
        ]
      }),
      attribute('active', 'Whether they may use Sluice', { type: 'boolean' }),
      attribute('groups', 'The groups that they are in', {
        type: 'complex',
        multiValued: true,
        mutability: 'readOnly',
        subAttributes: [
          attribute('value', 'The id of the group', { mutability: 'readOnly' }),
          attribute('display', 'Its name', { mutability: 'readOnly' })
        ]
      })
    ]
  },
  {
    id: GROUP,
    name: 'Group',
    description: 'A group of the identity provider, which may give its members a role',
    attributes: [
      attribute('displayName', 'Its name', { required: true, uniqueness: 'server', caseExact: true }),
      attribute('externalId', 'What the provider knows it by', { caseExact: true }),
      attribute('members', 'Who is in it', {
        type: 'complex',
        multiValued: true,
        subAttributes: [
          attribute('value', 'The id of a user', { mutability: 'immutable' }),
          attribute('display', 'The address of the user', { mutability: 'readOnly' })
        ]
      })
    ]
  }
].map((schema) => ({ schemas: [`${CORE}:Schema`], ...schema, meta: { resourceType: 'Schema' } }))

/** What can be done here, as SCIM itself describes it (RFC 7644, 4). */
export default async function documents(app: FastifyInstance) {
  app.get('/ServiceProviderConfig', async () => CONFIG)
  for (const [path, all] of [
    ['/ResourceTypes', RESOURCE_TYPES],
    ['/Schemas', SCHEMAS]
  ] as const) {
    app.get(path, async (request) => listResponse({ total: all.length, rows: [...all] }, listRequestOf(request), (one) => one))
    app.get<{ Params: { id: string } }>(`${path}/:id`, async ({ params: { id } }) => {
      const found = all.find((one) => one.id === id)
      if (found === undefined) throw new GatewayError(404, 'not_found_error', 'there is none of that id')
      return found
    })
  }
}
