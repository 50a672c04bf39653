import type { Socket } from 'node:net'

/**
 * Reads a proxy's response from the socket and leaves what follows. `lengthOf` returns the response's length in bytes, or null
 * while that is unknown. Rejects when the connection ends first, or when there is no end by `maxBytes`.
 */
export async function takeResponse(
  socket: Socket,
  maxBytes: number,
  lengthOf: (bytes: Buffer) => number | null
): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0)
  for (;;) {
    const length = lengthOf(bytes)
    if (length !== null && length <= bytes.length) {
      if (length < bytes.length) socket.unshift(bytes.subarray(length))
      return bytes.subarray(0, length)
    }
    if (bytes.length >= maxBytes) throw new Error('sent an oversized response')
    bytes = Buffer.concat([bytes, await nextBytes(socket)])
  }
}

/** Why waiting on a socket is pointless. */
export function closed(socket: Socket): Error {
  return socket.errored ?? new Error('closed the connection')
}

function nextBytes(socket: Socket): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null
    if (chunk !== null) settle(() => resolve(chunk))
  }
  const onClose = () => settle(() => reject(closed(socket)))
  function settle(then: () => void) {
    socket.off('readable', onReadable).off('close', onClose)
    then()
  }
  socket.on('readable', onReadable).on('close', onClose)
  if (socket.destroyed) onClose()
  return promise
}
