import type { IncomingMessage } from 'node:http'
import { bodyTooLarge, buffersFull, ClientGoneError } from '../../platform/gateway-errors.ts'
import type { BodyBudget } from './body-budget.ts'
import { HeldBody } from './held-body.ts'

/**
 * Reads a request's body and passes each piece to `see`, which returns false once the rest is useless: then nothing more is kept,
 * and the client may send it to its end. Rejects with GatewayError 413 or 503, and with ClientGoneError when the client leaves.
 * Bytes count against the budget as they arrive, so a client that announces much and sends little holds little.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
  see: (piece: Buffer) => boolean
): Promise<HeldBody> {
  return new Promise((resolve, reject) => {
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > maxBytes) {
      reject(bodyTooLarge(maxBytes))
      return
    }
    const held = new HeldBody(budget)
    let bytes = 0
    let isOfUse = true
    const fail = (error: Error) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onError).on('error', ignore)
      held.free()
      reject(error)
    }
    const onData = (piece: Buffer) => {
      bytes += piece.length
      if (bytes > maxBytes) fail(bodyTooLarge(maxBytes))
      else if (isOfUse && !held.add(piece)) fail(buffersFull())
      else if (isOfUse && !see(piece)) {
        isOfUse = false
        held.free()
      }
    }
    const onEnd = () => {
      // The request lives as long as its response. Our listeners would keep the body, as would the promise they could still
      // reject.
      request.off('data', onData).off('close', onClose).off('error', onError).on('error', ignore)
      resolve(held)
    }
    const onClose = () => fail(new ClientGoneError('the client left while sending its request'))
    const onError = (cause: Error) => fail(new ClientGoneError('the client left while sending its request', { cause }))
    request.on('data', onData).once('end', onEnd).once('close', onClose).once('error', onError)
  })
}

/** Not created per request: a closure would keep what surrounds it. */
function ignore(): void {}
