import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../platform/clock.ts'
import { addressRefused, keyInvalid, keyRefused } from '../../platform/gateway-errors.ts'
import { createAddressCheck } from '../../platform/network/addresses.ts'
import { prefixForDisplay } from '../../platform/secrets.ts'
import { problemOfKey, type ClientKeyRecord } from '../../resources/records/client-keys.ts'
import type { ClientKeyDirectory } from './client-key-directory.ts'
import type { Exchange } from './exchange.ts'

/** Who sends a request, and from where. */
export interface Asker {
  headers: IncomingHttpHeaders
  ip: string
}

export interface ClientRecognition {
  /** The record of the first valid key, from any address. Throws 401 or 503. */
  clientOf: (asker: Asker) => Promise<ClientKeyRecord>
  /** The same for a client that may ask from its address. Throws 401, 403 or 503. */
  allowedClientOf: (asker: Asker) => Promise<ClientKeyRecord>
  /** The same for a key that is no longer valid, if there is no valid one. */
  holderOf: (asker: Asker) => Promise<ClientKeyRecord>
  /** The current record of an exchange's client. Throws 401 or 503. */
  clientNow: (exchange: Exchange) => Promise<ClientKeyRecord>
  /** Brings the exchange's client up to date. Throws 401 or 503, and 403 when they may no longer ask from their address. */
  recognize: (exchange: Exchange) => Promise<void>
  /** Checks that the client of an exchange may ask from its address. Throws 403. */
  checkAddress: (exchange: Exchange) => void
}

interface ClientRecognitionOptions {
  directory: Pick<ClientKeyDirectory, 'find'>
  clock: Clock
  /** Awaited before any key is looked up. */
  upToDate: () => Promise<unknown>
  /** What clients are told whose secret never was a key: only they are guessing, and counted. */
  refuseUnknown: (asker: Asker, refusal: ReturnType<typeof keyInvalid>) => Promise<Error>
}

interface Known {
  client: ClientKeyRecord
  /** Why the key may not be used. */
  problem: string | null
}

/** For the log: whose key is refused. */
export const factsOf = ({ key, user, group }: Pick<ClientKeyRecord, 'key' | 'user' | 'group'>) => ({
  user: user.email,
  key: key.name,
  group: group.name
})

/** Clients send a bearer token, an x-api-key, or both, possibly with different values. */
function keysOf(headers: IncomingHttpHeaders): string[] {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  const apiKey = headers['x-api-key']
  const keys = bearer === undefined ? [] : [bearer]
  if (typeof apiKey === 'string' && apiKey !== '' && apiKey !== bearer) keys.push(apiKey)
  return keys
}

/** What may be logged of unknown keys: enough to find the client that has them. */
const prefixesOf = (headers: IncomingHttpHeaders) => keysOf(headers).map(prefixForDisplay).join(', ')

function valid({ client, problem }: Known): ClientKeyRecord {
  if (problem === null) return client
  throw keyRefused(problem, factsOf(client))
}

/** Recognizes clients by their keys, and checks whether they may ask from their address. */
export function createClientRecognition(options: ClientRecognitionOptions): ClientRecognition {
  const { directory, clock, upToDate, refuseUnknown } = options
  /** By the lists of allowed addresses, which are kept as long as their record is in use. */
  const checks = new WeakMap<readonly string[], (address: string) => boolean>()

  function isIn(networks: readonly string[], address: string): boolean {
    let check = checks.get(networks)
    if (check === undefined) checks.set(networks, (check = createAddressCheck(networks)))
    return check(address)
  }

  const isLimited = ({ key: { allowedIps, ownIps } }: ClientKeyRecord) => allowedIps !== null || ownIps !== null

  const mayComeFrom = ({ key: { allowedIps, ownIps } }: ClientKeyRecord, address: string) =>
    (allowedIps === null || isIn(allowedIps, address)) && (ownIps === null || isIn(ownIps, address))

  /** The owner of the first valid key, else of the first known key with its problem; null when there is none. */
  async function behind(headers: IncomingHttpHeaders): Promise<Known | null> {
    await upToDate()
    let invalid: Known | null = null
    for (const key of keysOf(headers)) {
      const client = await directory.find(key)
      if (client === null) continue
      const problem = problemOfKey(client, clock.now())
      if (problem === null) return { client, problem }
      invalid ??= { client, problem }
    }
    return invalid
  }

  async function known(asker: Asker): Promise<Known> {
    const found = await behind(asker.headers)
    if (found === null) throw await refuseUnknown(asker, keyInvalid(prefixesOf(asker.headers)))
    return found
  }

  function fromAllowedAddress(client: ClientKeyRecord, { ip: address }: Asker): ClientKeyRecord {
    if (!mayComeFrom(client, address)) throw addressRefused(address, factsOf(client))
    return client
  }

  async function clientNow({ headers, client }: Exchange): Promise<ClientKeyRecord> {
    const now = await behind(headers)
    // A client may send keys of several users; what it holds belongs to one.
    if (now?.client.user.id !== client.user.id) throw keyInvalid(prefixesOf(headers))
    return valid(now)
  }

  function checkAddress({ client, trace, address }: Exchange): void {
    if (!isLimited(client)) return
    const isAllowed = mayComeFrom(client, address)
    trace.limit({ name: 'allowed_ips', outcome: isAllowed ? 'passed' : 'refused', detail: address })
    if (!isAllowed) throw addressRefused(address)
  }

  return {
    clientOf: async (asker) => valid(await known(asker)),
    allowedClientOf: async (asker) => fromAllowedAddress(valid(await known(asker)), asker),
    holderOf: async (asker) => fromAllowedAddress((await known(asker)).client, asker),
    clientNow,
    checkAddress,
    async recognize(exchange) {
      exchange.client = await clientNow(exchange)
      checkAddress(exchange)
    }
  }
}
