import type { FastifyInstance } from 'fastify'
import { respond } from '../../plugins/errors.ts'
import { notFound } from '../../services/platform/request-errors.ts'
import { scimError } from '../../services/resources/scim/refusals.ts'
import documents from './documents.ts'
import groups from './groups.ts'
import users from './users.ts'

const MAX_BODY_BYTES = 1_048_576

export const SCIM_JSON = 'application/scim+json; charset=utf-8'

/** What an identity provider manages users with (RFC 7644): the part of it that Entra ID and Okta use. It describes itself. */
export default async function scim(app: FastifyInstance) {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= MAX_BODY_BYTES
  })
  app.addHook('onRequest', app.requireScim)
  app.addHook('onSend', async (_request, reply) => {
    if (reply.hasHeader('content-type')) void reply.header('content-type', SCIM_JSON)
  })
  app.setErrorHandler((failure, request, reply) => {
    const error = app.tellRefusal(request, failure)
    return respond(reply, error, scimError(error))
  })

  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser(['application/scim+json', 'application/json'], { parseAs: 'string' }, parseJson)

  await app.register(documents)
  await app.register(users)
  await app.register(groups)
  app.all('/*', async (request) => {
    throw notFound(request)
  })
}
