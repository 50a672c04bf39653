import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TokenResponse } from '../../../services/resources/sign-in/token-response.ts'
import type { Form } from '../forms.ts'
import { deviceCodeGrant } from './device-code.ts'
import { refreshTokenGrant } from './refresh-token.ts'
import { tokenExchangeGrant } from './token-exchange.ts'

/** What a token is given for. Rejects with an OAuthError where it is none. */
export type TokenGrant = (app: FastifyInstance, request: FastifyRequest, form: Form) => Promise<TokenResponse>

/** By `grant_type`. */
export const GRANTS: ReadonlyMap<string, TokenGrant> = new Map([
  ['urn:ietf:params:oauth:grant-type:device_code', deviceCodeGrant],
  ['refresh_token', refreshTokenGrant],
  ['urn:ietf:params:oauth:grant-type:token-exchange', tokenExchangeGrant]
])
