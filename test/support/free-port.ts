import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A port of loopback outside those that the kernel gives to outgoing connections, so that none of these takes it while its server
 * is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
