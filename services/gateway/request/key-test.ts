import type { Clock } from '../../platform/clock.ts'
import { formatUsd } from '../../money/prices/money.ts'
import { findExchangeUsage } from '../../money/records/exchange-usage.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { within } from '../../platform/within.ts'
import { findClientKey, mayAskFor, modelListsOf } from '../../resources/records/client-keys.ts'
import { CHEAPEST_MODEL } from '../accounts/upstream-check.ts'
import type { StandInSecrets } from './stand-in-secrets.ts'

/** The result of sending a message of one token with a key. */
export interface KeyTest {
  ok: boolean
  status: number
  exchange_id: string
  model: string
  /** Milliseconds. */
  duration_ms: number
  /** List cost; null when not recorded yet, or when it cost nothing. */
  cost_usd: string | null
  error: { type: string; message: string } | null
}

interface OwnRequest {
  headers: Record<string, string>
  payload: string
  remoteAddress: string
}

interface OwnResponse {
  status: number
  exchangeId: string
  body: string
}

interface KeyTesterOptions {
  db: Queryable
  clock: Clock
  secrets: Pick<StandInSecrets, 'during'>
  /** Sends `POST /v1/messages` to this process as a client would. */
  send: (request: OwnRequest) => Promise<OwnResponse>
  /** Resolves when everything used so far is recorded. */
  settle: () => Promise<unknown>
}

/** How long a response waits for its cost. */
const SETTLE_MS = 3000
/** A clock may be set back meanwhile. */
const MARGIN_MS = 60_000

/**
 * Sends one message of one token all the way that a client's goes, with a key whose secret nobody knows any more. The exchange is
 * recorded and charged as that key's.
 */
export function createKeyTester({ db, clock, secrets, send, settle }: KeyTesterOptions) {
  /** Null when there is no such key. `address` is that of whoever asks: a key limited to addresses is tested from there. */
  return async function testKey(keyId: string, given: { model?: string; address: string }): Promise<KeyTest | null> {
    const keyHash = await hashOf(keyId)
    if (keyHash === null) return null
    const model = given.model ?? (await usualModel(keyHash))
    const payload = JSON.stringify({ model, max_tokens: 1, messages: [{ role: 'user', content: 'hello' }] })
    const [startedAt, startedUptime] = [clock.now(), clock.uptime()]
    const response = await secrets.during(keyHash, (secret) =>
      send({
        headers: { 'x-api-key': secret, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        payload,
        remoteAddress: given.address
      })
    )
    const { status, exchangeId, body } = response
    const durationMs = clock.uptime() - startedUptime
    const error = status === 200 ? null : errorIn(body)
    return {
      ok: status === 200,
      status,
      exchange_id: exchangeId,
      model,
      duration_ms: durationMs,
      cost_usd: await costOf(exchangeId, startedAt),
      error
    }
  }

  async function hashOf(keyId: string): Promise<Buffer | null> {
    const { rows } = await db.query<{ hash: Buffer }>('select key_hash as hash from api_keys where id = $1', [keyId])
    return rows[0]?.hash ?? null
  }

  /** The cheapest model, unless the key's lists exclude it. */
  async function usualModel(keyHash: Buffer): Promise<string> {
    const client = await findClientKey(db, keyHash)
    if (client === null || mayAskFor(client, CHEAPEST_MODEL)) return CHEAPEST_MODEL
    return (
      modelListsOf(client)
        .flat()
        .find((model) => mayAskFor(client, model)) ?? CHEAPEST_MODEL
    )
  }

  async function costOf(exchangeId: string, startedAt: number): Promise<string | null> {
    if (!(await within(clock, SETTLE_MS, settle()))) return null
    const range = { from: startedAt - MARGIN_MS, to: clock.now() + MARGIN_MS }
    const events = await findExchangeUsage(db, exchangeId, range)
    return events.length === 0 ? null : formatUsd(events.reduce((sum, { event }) => sum + event.costNano, 0n))
  }
}

function errorIn(body: string): KeyTest['error'] {
  try {
    const { type, message } = (JSON.parse(body) as { error?: { type?: unknown; message?: unknown } }).error ?? {}
    return { type: typeof type === 'string' ? type : 'api_error', message: typeof message === 'string' ? message : '' }
  } catch {
    return { type: 'api_error', message: 'the response is no JSON' }
  }
}
