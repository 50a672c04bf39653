/** Postgres wire protocol 3.0, client to server, cut into what can be executed as one. */
export type ClientRequest =
  | { type: 'encryption' }
  | { type: 'cancel' }
  | { type: 'startup'; bytes: Buffer }
  /** Whole messages up to and with the one that asks for an answer. `answered` is false after a Flush. */
  | { type: 'batch'; bytes: Buffer; answered: boolean }
  | { type: 'terminate' }

const SSL_REQUEST = 80877103
const GSS_ENCRYPTION_REQUEST = 80877104
const CANCEL_REQUEST = 80877102

const QUERY = 'Q'.charCodeAt(0)
const SYNC = 'S'.charCodeAt(0)
const FLUSH = 'H'.charCodeAt(0)
const FUNCTION_CALL = 'F'.charCodeAt(0)
const TERMINATE = 'X'.charCodeAt(0)

/** Collects a connection's bytes; `push` returns the requests that they complete, in order. */
export function createRequestReader() {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let neededBytes = 4
  let started = false

  function push(chunk: Buffer): ClientRequest[] {
    pending.push(chunk)
    pendingBytes += chunk.length
    if (pendingBytes < neededBytes) return []
    const bytes = pending.length === 1 ? chunk : Buffer.concat(pending, pendingBytes)
    const requests: ClientRequest[] = []
    let batchStart = 0
    let offset = 0
    neededBytes = 0
    for (;;) {
      const headerBytes = started ? 5 : 4
      const end =
        bytes.length - offset < headerBytes ? null : offset + headerBytes - 4 + bytes.readInt32BE(offset + headerBytes - 4)
      if (end === null || end > bytes.length) {
        neededBytes = (end ?? offset + headerBytes) - batchStart
        break
      }
      const request = started ? typedMessage(bytes, batchStart, offset, end) : openingMessage(bytes.subarray(offset, end))
      offset = end
      if (request === null) continue
      if (request.type === 'startup') started = true
      requests.push(request)
      batchStart = end
    }
    const rest = bytes.subarray(batchStart)
    pending = rest.length > 0 ? [rest] : []
    pendingBytes = rest.length
    return requests
  }

  return { push }
}

function openingMessage(bytes: Buffer): ClientRequest {
  const code = bytes.readInt32BE(4)
  if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) return { type: 'encryption' }
  return code === CANCEL_REQUEST ? { type: 'cancel' } : { type: 'startup', bytes }
}

function typedMessage(bytes: Buffer, batchStart: number, start: number, end: number): ClientRequest | null {
  const type = bytes[start]
  if (type === TERMINATE) return { type: 'terminate' }
  if (type === QUERY || type === SYNC || type === FUNCTION_CALL) {
    return { type: 'batch', bytes: bytes.subarray(batchStart, end), answered: true }
  }
  return type === FLUSH ? { type: 'batch', bytes: bytes.subarray(batchStart, end), answered: false } : null
}

export function queryMessage(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`)
  const message = Buffer.allocUnsafe(5 + text.length)
  message[0] = QUERY
  message.writeInt32BE(4 + text.length, 1)
  text.copy(message, 5)
  return message
}

/** True when the answer ends with ReadyForQuery, as each answer of a sound server does. */
export function isReadyForQuery(answer: Buffer): boolean {
  return answer.length >= 6 && answer[answer.length - 6] === 'Z'.charCodeAt(0) && answer.readInt32BE(answer.length - 5) === 5
}
