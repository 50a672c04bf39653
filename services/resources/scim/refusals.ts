import { GatewayError, type AnthropicErrorType } from '../../platform/gateway-errors.ts'

/** The kinds of errors in a request that RFC 7644 (3.12) distinguishes. */
type ScimType = 'invalidFilter' | 'invalidPath' | 'invalidSyntax' | 'invalidValue' | 'noTarget' | 'uniqueness' | 'tooMany'

class ScimRefusal extends GatewayError {
  readonly scimType: ScimType

  constructor(status: number, scimType: ScimType, message: string) {
    const type: AnthropicErrorType = 'invalid_request_error'
    super(status, type, message)
    this.scimType = scimType
  }
}

/** An invalid request of a provider: 400. */
export const scimRefused = (scimType: ScimType, message: string): GatewayError => new ScimRefusal(400, scimType, message)

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'

function scimTypeOf(error: GatewayError): ScimType | undefined {
  if (error instanceof ScimRefusal) return error.scimType
  // Only a name that is taken can conflict here; and Fastify itself only rejects the syntax of a body.
  if (error.status === 409) return 'uniqueness'
  return error.status === 400 ? 'invalidSyntax' : undefined
}

/** The body of an error, as SCIM shapes it. */
export function scimError(error: GatewayError) {
  const scimType = scimTypeOf(error)
  return {
    schemas: [ERROR],
    status: String(error.status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: error.message
  }
}
