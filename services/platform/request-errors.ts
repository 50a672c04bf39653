import { GatewayError } from './gateway-errors.ts'

/** A failure that names its status, as Fastify's own do. */
interface StatusError {
  statusCode?: number | undefined
  message: string
}

/** The framework's own refusals of a request (media type, URL, validation) are about the request; all else is ours. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const { statusCode, message } = error as StatusError
  if (statusCode === 413) return new GatewayError(413, 'request_too_large', message)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new GatewayError(statusCode, 'invalid_request_error', message)
  }
  return new GatewayError(500, 'api_error', 'Internal server error', { cause: error })
}

/** For what is not there, or not for whoever asks. */
export function notFound({ method, url }: { method: string; url: string }): GatewayError {
  const doubled = url.startsWith('/v1/v1/')
  const message = doubled
    ? 'Not found: the base URL must not end in /v1, the client adds it itself'
    : `Not found: ${method} ${url.split('?', 1)[0]}`
  return new GatewayError(404, 'not_found_error', message)
}

/** For a URL that cannot be routed. It is not repeated, since it may hold a secret. */
export function urlNotValid(cause: StatusError): GatewayError {
  return new GatewayError(cause.statusCode ?? 400, 'invalid_request_error', 'The URL of the request is not valid', { cause })
}
