import type { Socket } from 'node:net'
import { errorBody, EXCHANGE_ID_HEADER } from './gateway-errors.ts'

export interface ParserRefusal {
  /** With its phrase. */
  status: string
  type: string
  message: string
}

const REFUSALS: Record<string, ParserRefusal> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    type: 'invalid_request_error',
    message: 'Request headers are too large'
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    type: 'timeout_error',
    message: 'The request was not received in time'
  }
}
const GARBAGE = { status: '400 Bad Request', type: 'invalid_request_error', message: 'The request is not valid HTTP' }

/**
 * Answers what Node's HTTP parser refused, in the API's error shape, and closes the connection. Returns what the client was told,
 * or null where nobody could be told.
 */
export function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket, requestId: string): ParserRefusal | null {
  // Bytes of a response are on their way on this connection: anything written now would land in the middle of it.
  const isResponding = (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || isResponding) {
    socket.destroy()
    return null
  }
  const refusal = REFUSALS[error.code ?? ''] ?? GARBAGE
  const { status, type, message } = refusal
  const body = JSON.stringify(errorBody(type, message, requestId))
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nrequest-id: ${requestId}\r\n` +
      `${EXCHANGE_ID_HEADER}: ${requestId}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
  return refusal
}
