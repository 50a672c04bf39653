import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock } from '../../platform/clock.ts'

/** How much of an unwanted body is read anyway: four times the limit of a request. */
export const MAX_DISCARDED_BYTES = 134_217_728
const MAX_DISCARD_MS = 30_000

/** Whether the client has announced a body that has not ended yet. */
export function isStillSending({ complete, readableEnded, headers, destroyed }: IncomingMessage): boolean {
  // A request made in this process is never marked complete; its body has ended once it was read.
  if (complete || readableEnded || destroyed) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * Reads on and discards, since many clients look for a response only after sending everything, and would find a broken connection
 * instead. Calls back once the body has ended, the client is gone, or the limits of size or time are reached, with whether the
 * body ended.
 */
export function discardBody(request: IncomingMessage, clock: Clock, done: (isAtEnd: boolean) => void): void {
  let bytes = 0
  const finish = (isAtEnd: boolean) => {
    timer.cancel()
    request.off('data', onData).off('end', onEnd).off('close', onClose)
    done(isAtEnd)
  }
  const onData = (piece: Buffer) => {
    bytes += piece.length
    if (bytes > MAX_DISCARDED_BYTES) finish(false)
  }
  const onEnd = () => finish(true)
  const onClose = () => finish(false)
  const timer = clock.setTimer(() => finish(false), MAX_DISCARD_MS)
  request
    .on('error', () => {})
    .on('data', onData)
    .once('end', onEnd)
    .once('close', onClose)
  request.resume()
}

/**
 * Responds to a request whose body is still being sent. The response is available to a client that looks for it; the connection
 * ends only once the client has sent its body, or will not.
 */
export function respondWhileSending(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  { status, headers, body }: { status: number; headers: OutgoingHttpHeaders; body: object }
): void {
  const json = JSON.stringify(body)
  const entity = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(json) }
  response.writeHead(status, { ...headers, ...entity })
  response.write(json)
  discardBody(request, clock, (isAtEnd) => {
    if (isAtEnd) response.end()
    else request.destroy()
  })
}
