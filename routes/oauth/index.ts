import type { FastifyInstance } from 'fastify'
import { errorResponse, type GatewayError } from '../../services/platform/gateway-errors.ts'
import { oauthCodeOf, OAuthError } from '../../services/resources/sign-in/oauth-error.ts'
import { clientsUrlOf, devicePageOf } from './addresses.ts'
import { fieldOf, formOf, takeForms, type Form } from './forms.ts'
import { GRANTS } from './grants/index.ts'

const LONGEST_CLIENT = 50

/** One refusal ends a sign-in on its user's screen: those that wait are answered for as long as there is a process. */
const TO_THE_END = { config: { servedToTheEnd: true } }

function asOAuth(error: GatewayError) {
  return { error: oauthCodeOf(error), error_description: error.message }
}

/**
 * The OAuth server that tools sign in to: metadata (RFC 8414), device authorization (RFC 8628), tokens, revocation (RFC 7009). Claude Code
 * goes by few of its responses, and a wrong one ends the sign-in: see docs/sign-in.md. They are no part of the API that is described.
 */
export default async function oauth(app: FastifyInstance) {
  takeForms(app)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  app.setErrorHandler((failure, request, reply) => {
    const isWaiting = failure instanceof OAuthError && failure.isWaiting
    const error = isWaiting ? failure : app.tellRefusal(request, failure)
    const { status, headers } = errorResponse(error, request.id)
    return reply.code(status).headers(headers).send(asOAuth(error))
  })

  app.get('/.well-known/oauth-authorization-server', TO_THE_END, async (request) => {
    const base = clientsUrlOf(app, request)
    return {
      issuer: base,
      device_authorization_endpoint: `${base}/oauth/device_authorization`,
      token_endpoint: `${base}/oauth/token`,
      revocation_endpoint: `${base}/oauth/revoke`,
      grant_types_supported: [...GRANTS.keys()],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ['none'],
      gateway_protocol_version: 1
    }
  })

  app.post('/oauth/device_authorization', TO_THE_END, async (request) => {
    const form = formOf(request)
    const { clientAddress: address, userAgent } = app.originOf(request)
    const client = clientIn(form)
    const { deviceCode, userCode, expiresInS, intervalS } = await app.deviceSignIn.begin({ client, address, userAgent })
    const page = devicePageOf(app, request)
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?code=${userCode}`,
      expires_in: expiresInS,
      interval: intervalS
    }
  })

  app.post('/oauth/token', TO_THE_END, async (request) => {
    const form = formOf(request)
    const grant = GRANTS.get(fieldOf(form, 'grant_type'))
    if (grant === undefined) {
      throw new OAuthError('unsupported_grant_type', `grant_type must be one of ${[...GRANTS.keys()].join(', ')}`)
    }
    return await grant(app, request, form)
  })

  app.post('/oauth/revoke', TO_THE_END, async (request) => {
    await app.signInTokens.revoke(fieldOf(formOf(request), 'token'), app.originOf(request))
    return {}
  })
}

/** What it says that it is: Claude Code a `surface`, others a `client_id`. */
function clientIn(form: Form): string | null {
  const said = (form.get('surface') ?? form.get('client_id') ?? '').replace(/[^\x20-\x7e]+/g, ' ').trim()
  return said === '' ? null : said.slice(0, LONGEST_CLIENT)
}
