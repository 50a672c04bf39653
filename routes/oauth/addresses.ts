import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Where a request came to, as its client wrote it. */
const originOf = ({ protocol, host }: FastifyRequest) => `${protocol}://${host}`

/** Where clients reach Sluice. */
export const clientsUrlOf = ({ config }: FastifyInstance, request: FastifyRequest): string =>
  config.clientsUrl ?? originOf(request)

/** The page where what waits is let in, as a browser reaches it. */
export function devicePageOf({ config, ports }: FastifyInstance, request: FastifyRequest): string {
  const port = ports.operatorsPort()
  const here = port === null ? originOf(request) : `${request.protocol}://${request.hostname}:${port}`
  return `${config.publicUrl ?? here}/console/device`
}
