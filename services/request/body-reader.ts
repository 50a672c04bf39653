import type { IncomingMessage } from 'node:http'
import { bodyTooLarge, buffersFull, ClientGoneError } from '../gateway-errors.ts'

/** The bytes of request bodies that one process may hold together. */
export interface BodyBudget {
  readonly usedBytes: number
  /** False when they do not fit. */
  take: (bytes: number) => boolean
  give: (bytes: number) => void
}

export function createBodyBudget(maxBytes: number): BodyBudget {
  let usedBytes = 0
  return {
    get usedBytes() {
      return usedBytes
    },
    take(bytes) {
      if (usedBytes + bytes > maxBytes) return false
      usedBytes += bytes
      return true
    },
    give(bytes) {
      usedBytes -= bytes
    }
  }
}

export interface HeldBody {
  body: Buffer
  /** Gives the bytes back to the budget; more than once does nothing more. */
  free: () => void
}

/**
 * Reads a request's body. Rejects with GatewayError 413 or 503, and with ClientGoneError when the client leaves. What has
 * come in counts against the budget from its arrival on, so a client that announces much and sends little holds little.
 */
export function readBody(request: IncomingMessage, maxBytes: number, budget: BodyBudget): Promise<HeldBody> {
  return new Promise((resolve, reject) => {
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > maxBytes) {
      reject(bodyTooLarge(maxBytes))
      return
    }
    const chunks: Buffer[] = []
    let bytes = 0
    let freed = false
    const free = () => {
      if (!freed) budget.give(bytes)
      freed = true
    }
    const fail = (error: Error) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onError)
      free()
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      if (bytes + chunk.length > maxBytes) fail(bodyTooLarge(maxBytes))
      else if (!budget.take(chunk.length)) fail(buffersFull())
      else {
        bytes += chunk.length
        chunks.push(chunk)
      }
    }
    const onEnd = () => {
      const body = joined(chunks, bytes)
      // The request lives as long as its answer, and listeners of ours would keep the body: through its chunks, and through
      // the promise that they could still reject.
      chunks.length = 0
      request.off('data', onData).off('close', onClose).off('error', onError).on('error', ignore)
      resolve({ body, free })
    }
    const onClose = () => fail(new ClientGoneError('the client left while sending its request'))
    const onError = (cause: Error) => fail(new ClientGoneError('the client left while sending its request', { cause }))
    request.on('data', onData).once('end', onEnd).once('close', onClose).once('error', onError)
  })
}

/** Not made anew for each request: it would keep what is around it. */
function ignore(): void {}

/** One buffer aligned to four bytes, which the JSON scan reads by words. */
function joined(chunks: Buffer[], bytes: number): Buffer {
  const body = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const chunk of chunks) at += chunk.copy(body, at)
  return body
}
