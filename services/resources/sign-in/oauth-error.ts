import { GatewayError } from '../../platform/gateway-errors.ts'

/** What the endpoints of OAuth refuse with (RFC 6749 section 5.2, RFC 8628 section 3.5). */
type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'temporarily_unavailable'
  | 'server_error'

/** A refusal in the terms of OAuth: the message is its `error_description`. */
export class OAuthError extends GatewayError {
  override name = 'OAuthError'
  readonly code: OAuthErrorCode

  constructor(
    code: OAuthErrorCode,
    description: string,
    { status = 400, ...more }: { status?: number; retryAfterS?: number; facts?: Record<string, string>; cause?: unknown } = {}
  ) {
    super(
      status,
      status === 429 ? 'rate_limit_error' : status >= 500 ? 'api_error' : 'invalid_request_error',
      description,
      more
    )
    this.code = code
  }

  /** Of what waits for a person, again and again, which is nothing to put on record. */
  get isWaiting(): boolean {
    return this.code === 'authorization_pending' || this.code === 'slow_down'
  }
}

/** Any refusal as these endpoints tell it. */
export function oauthCodeOf(error: GatewayError): OAuthErrorCode {
  if (error instanceof OAuthError) return error.code
  if (error.status === 429) return 'slow_down'
  if (error.status < 500) return 'invalid_request'
  return error.status === 500 ? 'server_error' : 'temporarily_unavailable'
}
