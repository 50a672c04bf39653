import { GatewayError } from '../../platform/gateway-errors.ts'

/** The errors of the OAuth endpoints (RFC 6749 section 5.2, RFC 8628 section 3.5). */
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

/** A refusal as an OAuth error: the message is its `error_description`. */
export class OAuthError extends GatewayError {
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

  /** Errors while waiting for a person, which repeat and are not worth recording. */
  get isWaiting(): boolean {
    return this.code === 'authorization_pending' || this.code === 'slow_down'
  }
}

/** Any refusal as an OAuth error. */
export function oauthCodeOf(error: GatewayError): OAuthErrorCode {
  if (error instanceof OAuthError) return error.code
  if (error.status === 429) return 'slow_down'
  if (error.status < 500) return 'invalid_request'
  return error.status === 500 ? 'server_error' : 'temporarily_unavailable'
}
