import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifySchema {
    /** What it is refused for beyond what follows from the rest of the schema, by status. */
    refuses?: Readonly<Record<number, string>>
  }
}

/** How somebody shows who they are: the names of the document's security schemes. */
export type Scheme = 'adminToken' | 'session' | 'clientKey' | 'clientToken'

/** Says of the routes that an instance registers from now on under which heading they are, and what is enough to be let in. */
export function describeRoutes(app: FastifyInstance, { tag, schemes }: { tag?: string; schemes?: readonly Scheme[] }): void {
  app.addHook('onRoute', (route) => {
    route.schema = {
      ...(tag === undefined ? {} : { tags: [tag] }),
      ...(schemes === undefined ? {} : { security: schemes.map((scheme) => ({ [scheme]: [] })) }),
      ...route.schema
    }
  })
}
