import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Logger } from 'pino'
import type { Clock } from '../../platform/clock.ts'
import type { Readings } from '../../platform/database/readings.ts'
import { asGatewayError, keyInvalid } from '../../platform/gateway-errors.ts'
import { hashClientKey } from '../../platform/secrets.ts'
import { inTime } from '../../platform/within.ts'
import { openManagedSettings, type ManagedSettings } from '../../resources/groups/managed-settings.ts'
import type { ManagedGroup } from '../../resources/records/managed-settings.ts'
import type { Asker, ClientRecognition } from './client-recognition.ts'

interface ManagedSettingsOptions {
  clients: Pick<ClientRecognition, 'clientOf'>
  readings: Readings
  /** The groups that have managed settings. */
  read: () => Promise<ManagedGroup[]>
  clock: Clock
  log: Pick<Logger, 'error'>
  maxTokens?: number
}

/** What Claude Code is told: its settings, that it already has them, or that there are none. */
export type ManagedResponse = { status: 200; etag: string; body: string } | { status: 304; etag: string } | { status: 404 }

export interface ManagedSettingsResponses {
  /** Rejects with 401 for clients that may no longer ask, and with nothing else. */
  responseTo: (asker: Asker) => Promise<ManagedResponse>
}

/** Claude Code waits for this at each start. */
const PATIENCE_MS = 700

const NONE = { status: 404 } as const

const ETAG = /"sha256:[\da-f]{64}"/g

/** The ETags of ours whose settings a client already has. */
const tagsIn = ({ headers }: Asker): string[] => headers['if-none-match']?.match(ETAG) ?? []

/**
 * The managed settings of whoever asks. Claude Code does not start after any response but 200, 304, 404 or 401, nor without one.
 * So it is answered from memory when the database, or anything else, does not respond in time.
 */
export async function createManagedSettings(options: ManagedSettingsOptions): Promise<ManagedSettingsResponses> {
  const { clients, readings, read, clock, log, maxTokens = 10_000 } = options
  /** The last known group of each token, kept longer than anything else known about it. */
  const groupsOf = new LRUCache<string, string>(atMost(maxTokens))
  /** Problems with stored settings are logged once. */
  const told = new Map<string, string>()
  const reading = readings.keep('directory', { read: async () => opened(await read()), staleMs: Infinity })
  await reading.current()

  function opened(groups: readonly ManagedGroup[]): ReadonlyMap<string, ManagedSettings> {
    return new Map(
      groups.flatMap((group) => {
        try {
          const settings = openManagedSettings(group)
          told.delete(group.id)
          return [[group.id, settings] as const]
        } catch (err) {
          const { id, name: groupName, checksum } = group
          if (told.get(id) !== checksum)
            log.error({ err, group: groupName }, 'managed settings cannot be used: the group has none')
          told.set(id, checksum)
          return []
        }
      })
    )
  }

  const current = async () => {
    try {
      return await inTime(clock, PATIENCE_MS, reading.current(), () => reading.last())
    } catch {
      return reading.last()
    }
  }

  /** The last known group of the client; null when unknown. Rejects with 401. */
  async function groupOf(asker: Asker): Promise<string | null> {
    const { authorization, 'x-api-key': key } = asker.headers
    const name = hashClientKey(JSON.stringify([authorization, key])).toString('base64')
    try {
      // From any address: a refusal would end Claude Code, and its requests are refused anyway.
      const client = await inTime(clock, PATIENCE_MS, clients.clientOf(asker), () => null)
      if (client === null) return groupsOf.get(name) ?? null
      groupsOf.set(name, client.group.id)
      return client.group.id
    } catch (error) {
      const { status } = asGatewayError(error)
      if (status !== 401 && status !== 429) return groupsOf.get(name) ?? null
      groupsOf.delete(name)
      // A refusal for too many failures would keep Claude Code from starting; a 401 makes it ask to sign in.
      throw status === 429 ? keyInvalid() : error
    }
  }

  return {
    async responseTo(asker) {
      const [group, settings] = await Promise.all([groupOf(asker), current()])
      const tags = tagsIn(asker)
      if (group === null || settings === undefined) {
        // Clients with settings keep them. All others are told that there are none: a 5xx would lock them out.
        const [etag] = tags
        return etag === undefined ? NONE : { status: 304, etag }
      }
      const found = settings.get(group)
      if (found === undefined) return NONE
      const etag = `"${found.checksum}"`
      return tags.includes(etag) ? { status: 304, etag } : { status: 200, etag, body: found.body }
    }
  }
}
