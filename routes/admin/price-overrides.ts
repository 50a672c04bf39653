import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createSchema, rowSchema } from '../../services/resources/definition.ts'
import { priceOverrides as definition, type DesiredPrice } from '../../services/resources/price-overrides/definition.ts'
import { priceOverrideResource, setPrice } from '../../services/resources/price-overrides/price-overrides.ts'
import { IF_MATCH, resourceRoutes, targetOf } from '../resource-routes.ts'

/** An operator's own prices. */
const priceOverrides: FastifyPluginAsyncTypebox = async (app) => {
  const { unknownModelPrice } = app.config
  const resource = priceOverrideResource(unknownModelPrice)
  const { changed } = resourceRoutes(app, resource, { create: false, change: false })

  app.put(
    '/price-overrides/:id',
    {
      schema: {
        summary: 'Sets the price of a model',
        params: Type.Object({ id: Type.Unsafe<string>(definition.id.schema) }),
        headers: IF_MATCH,
        body: Type.Unsafe<DesiredPrice>(createSchema(definition)),
        response: { 200: rowSchema(definition) }
      }
    },
    async (request, reply) =>
      changed(reply, await setPrice({ ...app.operatorOf(request), unknownModelPrice }, targetOf(request), request.body))
  )
}

export default priceOverrides
