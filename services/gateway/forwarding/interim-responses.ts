import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/** The status line of an interim response. All but 101 may be ignored by a client that did not ask for them (RFC 9110, 15.2). */
const INTERIM = /^HTTP\/1\.[01] 1(?!01)\d\d/
const INTERIM_START = 'HTTP/1.1 1'
const STATUS_AT = 'HTTP/1.1 '.length
const ONE = 0x31
const STATUS_LINE_BYTES = 'HTTP/1.1 100'.length
const HEAD_END = Buffer.from('\r\n\r\n')

/** Such a head has few fields. */
const MAX_HEAD_BYTES = 16_384

/**
 * Connects as `connector` does, and hides interim responses from undici, which takes an unrequested `100 Continue`, as some
 * proxies send, for a broken response (undici 8, client-h1).
 */
export function skippingInterim(connector: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connector(options, (...outcome) => {
      if (outcome[0] === null) skipInterim(outcome[1])
      callback(...outcome)
    })
}

/** Checks the first read after each write: only there can a response begin. */
function skipInterim(socket: Socket): void {
  const read = socket.read.bind(socket)
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
  let mayBegin = true
  let held: Buffer | null = null

  socket.write = (...args: unknown[]) => {
    mayBegin = true
    return write(...args)
  }
  socket.read = (size?: number) => {
    const chunk = read(size) as Buffer | null
    if (!mayBegin || chunk === null) return chunk
    const bytes = held === null ? chunk : Buffer.concat([held, chunk])
    held = null
    const rest = withoutInterim(bytes)
    mayBegin = rest === null
    if (rest === null) held = bytes
    return rest
  }
}

/** The bytes after the heads of interim responses; null while there are none, or such a head is incomplete. */
function withoutInterim(bytes: Buffer): Buffer | null {
  // Nearly every response: its status begins with another digit.
  if (bytes.length > STATUS_AT && bytes[STATUS_AT] !== ONE) return bytes
  let rest = bytes
  for (;;) {
    const line = rest.toString('latin1', 0, STATUS_LINE_BYTES)
    if (!INTERIM.test(line)) return mayBecomeInterim(line) ? null : rest
    const end = rest.indexOf(HEAD_END)
    if (end === -1) return rest.length > MAX_HEAD_BYTES ? rest : null
    rest = rest.subarray(end + HEAD_END.length)
  }
}

function mayBecomeInterim(line: string): boolean {
  return line.length < STATUS_LINE_BYTES && (INTERIM_START.startsWith(line) || line.startsWith(INTERIM_START))
}
