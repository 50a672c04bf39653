import type { FastifyRequest } from 'fastify'
import { etagOf } from '../../services/resources/admin/operator-changes.ts'

/** Where the provider finds a resource: where browsers find the console, or as it reached this one. */
function locationOf({ server, protocol, host }: FastifyRequest, type: 'Users' | 'Groups', id: string): string {
  return `${server.config.publicUrl ?? `${protocol}://${host}`}/scim/v2/${type}/${id}`
}

export interface Dated {
  id: string
  version: number
  createdAt: Date
  updatedAt: Date
}

export const metaOf = (request: FastifyRequest, type: 'User' | 'Group', row: Dated) => ({
  resourceType: type,
  created: row.createdAt.toISOString(),
  lastModified: row.updatedAt.toISOString(),
  location: locationOf(request, `${type}s`, row.id),
  version: `W/${etagOf(row)}`
})
