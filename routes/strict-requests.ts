import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { compileRequestCheck } from '../services/resources/admin/request-checks.ts'
import { closed } from './admin/schemas.ts'

const checkOfNothing = (httpPart: 'body' | 'querystring') => compileRequestCheck({ schema: Type.Object({}, closed), httpPart })
const noBody = checkOfNothing('body')
const noQuery = checkOfNothing('querystring')

function refuse(checked: ReturnType<typeof noBody>): void {
  if ('error' in checked) throw checked.error
}

/**
 * Has all routes of an instance take their requests literally, also what a route states no schema of: it takes nothing there. A
 * body of no bytes is as good as none, whatever type it is said to have.
 */
export function takeLiterally(app: FastifyInstance): void {
  app.setValidatorCompiler(compileRequestCheck)

  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null)
    else void parseJson(request, body, done)
  })

  // Not a schema put in by onRoute: Fastify calls that several times for one route, and OpenAPI would show bodies that nobody sends.
  app.addHook('preValidation', async ({ body, query, routeOptions: { schema } }) => {
    // Mostly there is none, which needs no look at a schema.
    if (body !== undefined && body !== null && schema?.body === undefined) refuse(noBody(body))
    if (schema?.querystring === undefined && Object.keys(query as object).length > 0) refuse(noQuery(query))
  })
}
