import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'

interface DatabaseProxy {
  /** The database as it is reached through the proxy. */
  url: string
  /** As when the server is stopped: connections are cut, and new ones are cut as soon as they are made. */
  cut: () => void
  /** As when the network swallows everything: connections stay, and nothing is answered. */
  hang: () => void
  restore: () => void
  /** How often somebody connected. */
  connections: () => number
  close: () => void
}

/** Stands between a gateway and its Postgres, to take it away and bring it back. To be closed after the gateway. */
export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl)
  const pairs = new Set<readonly [Socket, Socket]>()
  let connections = 0
  let mode: 'through' | 'cut' | 'hang' = 'through'

  const server = createServer((client) => {
    connections++
    client.on('error', () => {})
    if (mode === 'cut') {
      client.destroy()
      return
    }
    const database = connectTo(target)
    const pair = [client, database] as const
    pairs.add(pair)
    database.on('error', () => {})
    for (const [from, to] of [pair, pair.toReversed() as [Socket, Socket]]) {
      from.on('data', (bytes) => void to.write(bytes))
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
    if (mode === 'hang') pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function pause() {
    for (const pair of pairs) for (const socket of pair) socket.pause()
  }

  function cut() {
    mode = 'cut'
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }

  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut,
    hang() {
      mode = 'hang'
      pause()
    },
    restore() {
      mode = 'through'
      for (const pair of pairs) for (const socket of pair) socket.resume()
    },
    connections: () => connections,
    close() {
      cut()
      server.close()
    }
  }
}

function connectTo(url: URL): Socket {
  const port = Number(url.port === '' ? 5432 : url.port)
  const host = url.searchParams.get('host') ?? url.hostname
  return host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host)
}
