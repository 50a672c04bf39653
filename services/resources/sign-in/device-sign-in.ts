import type { Clock } from '../../platform/clock.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import type { FailedAuthentications } from '../../platform/failed-authentications.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import { generateRefreshToken, hashClientKey, type SecretBox } from '../../platform/secrets.ts'
import { inTime } from '../../platform/within.ts'
import { conflict, record, withOperatorLock, type OperatorContext } from '../admin/operator-changes.ts'
import type { AuditOrigin } from '../records/audit-log.ts'
import {
  decide,
  findDeviceCode,
  findWaiting,
  insertDeviceCode,
  keepResponse,
  type DeviceCodeState,
  type WaitingDevice
} from '../records/device-codes.ts'
import { insertSignIn } from '../records/sign-ins.ts'
import type { UserPerson } from '../records/sign-in-sessions.ts'
import { createDeviceCodeSeal, DEVICE_CODE_MS, type DeviceAsker, type DeviceCode } from './device-code-seal.ts'
import { keyForDevice } from './device-key.ts'
import { OAuthError } from './oauth-error.ts'
import { createPollingPace, POLL_INTERVAL_S } from './polling-pace.ts'
import { issueFor, toResponse, type SignInTokens, type TokenResponse } from './token-response.ts'
import { generateUserCode, readUserCode } from './user-codes.ts'

interface DeviceSignInOptions {
  /** The interval at which clients poll. */
  pool: Connectable
  clock: Clock
  secretBox: SecretBox
  log: Pick<JournalLog, 'warn'>
  /** Counts addresses that ask for codes. */
  begun: FailedAuthentications
  /** Counts people and addresses that try wrong user codes. */
  tried: FailedAuthentications
}

export interface BegunSignIn {
  deviceCode: string
  userCode: string
  expiresInS: number
  intervalS: number
}

export interface DeviceSignIn {
  /** Rejects with `slow_down` for an address that asks too often. */
  begin: (asker: DeviceAsker) => Promise<BegunSignIn>
  /** The tokens of an approved device. Rejects with the OAuth error otherwise, but never because the database is away. */
  poll: (deviceCode: string, origin: AuditOrigin) => Promise<TokenResponse>
  /** The device that waits under a user code. Rejects with 404 when there is none, 429 after too many tries. */
  find: (by: Decider, userCode: string) => Promise<WaitingDevice>
  /** Approves it to act as the person in a group of theirs. Rejects as `find` and as a new key in that group does. */
  approve: (by: Decider, userCode: string, group: string) => Promise<void>
  deny: (by: Decider, userCode: string) => Promise<void>
}

interface Decider {
  context: OperatorContext
  person: UserPerson
}

/** How long the same response is repeated to whoever holds the code. */
const AGAIN_MS = 60_000
/** A client that waits for a person need not wait for a database too. */
const PATIENCE_MS = 2000
const MOST_USER_CODES = 5

const tokensSealedAs = (hash: Buffer) => `device-answer ${hash.toString('base64url')}`

const pending = () => new OAuthError('authorization_pending', 'Nobody has decided yet')
const slowDown = () => new OAuthError('slow_down', `Ask every ${POLL_INTERVAL_S} seconds`)
const expired = () => new OAuthError('expired_token', 'This sign-in has expired, was completed, or never began: start again')
const denied = () => new OAuthError('access_denied', 'This sign-in was denied')

/**
 * Signs in devices without a browser (RFC 8628): a device shows a code, somebody signed in to the console approves it, and it
 * polls for its tokens until then. Everything known about a waiting device is in the code that it polls with, so it works while
 * the database is away, and at any replica.
 */
export function createDeviceSignIn(options: DeviceSignInOptions): DeviceSignIn {
  const { pool, clock, secretBox, log, begun, tried } = options
  const codes = createDeviceCodeSeal({ secretBox, clock })
  const paceOf = createPollingPace(clock)

  /** The database's answer, or null when there is none in time; the query goes on, but is not waited for. */
  async function unlessAway<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await inTime(clock, PATIENCE_MS, work, () => null)
    } catch (err) {
      log.warn({ err }, 'the database cannot be asked about sign-ins: those that wait go on waiting')
      return null
    }
  }

  /** Two may have the same user code by chance: then the second gets another. */
  async function makeCode(asker: DeviceAsker): Promise<{ code: string; contents: DeviceCode }> {
    for (let tries = 1; ; tries++) {
      const made = codes.seal(asker, generateUserCode())
      // The code is valid even while the database is away: its first use stores it.
      const isNew = (await unlessAway(insertDeviceCode(pool, made.contents))) ?? true
      if (isNew || tries === MOST_USER_CODES) return made
    }
  }

  /** Null when somebody else has the same user code: it can never be approved. */
  async function stateOf(code: DeviceCode): Promise<DeviceCodeState | null> {
    const known = await findDeviceCode(pool, code.hash)
    if (known !== null) return known
    await insertDeviceCode(pool, code)
    return await findDeviceCode(pool, code.hash)
  }

  /** Throws the OAuth error when there are no tokens. */
  async function resultOf(code: DeviceCode, origin: AuditOrigin): Promise<SignInTokens> {
    const state = await stateOf(code)
    if (state === null) throw expired()
    if (state.decision === null) throw pending()
    return await inTransaction(pool, (db) => respond(db, code.hash, origin))
  }

  /** One of several concurrent requests creates the sign-in; the others get the same tokens. */
  async function respond(db: Queryable, hash: Buffer, origin: AuditOrigin): Promise<SignInTokens> {
    const state = await findDeviceCode(db, hash, { lock: true })
    if (state === null) throw expired()
    const { letIn, answeredAt, sealedAnswer } = state
    if (letIn === null || !letIn.mayAsk) throw denied()
    const now = clock.now()
    if (answeredAt !== null && sealedAnswer !== null) {
      if (Math.abs(now - answeredAt) > AGAIN_MS) throw expired()
      return JSON.parse(secretBox.open(sealedAnswer, tokensSealedAs(hash))) as SignInTokens
    }
    const tokens = await makeSignIn(db, state, letIn, origin)
    await keepResponse(db, hash, secretBox.seal(JSON.stringify(tokens), tokensSealedAs(hash)), now)
    return tokens
  }

  async function makeSignIn(
    db: Queryable,
    { client, clientAddress, userAgent }: DeviceCodeState,
    { userId, email, keyId, keyName, group }: NonNullable<DeviceCodeState['letIn']>,
    origin: AuditOrigin
  ): Promise<SignInTokens> {
    const refreshToken = generateRefreshToken()
    const now = clock.now()
    const about = { client, clientAddress, userAgent }
    const id = await insertSignIn(db, { ...about, keyId, userId, refreshHash: hashClientKey(refreshToken), createdAt: now })
    const tokens = await issueFor({ db, clock }, { id, keyId, email }, refreshToken)
    const detail = { client, client_address: clientAddress, user_agent: userAgent, key: keyName, group }
    await record(db, { clock, actor: email, origin }, 'sign-in.created', `sign-in ${email}/${id}`, detail)
    return tokens
  }

  async function find({ context, person }: Decider, given: string): Promise<WaitingDevice> {
    const names = [`user ${person.userId}`, context.origin.clientAddress]
    const counted = await Promise.all(names.map((name) => tried.count(name)))
    const takeBack = () => names.forEach((name) => tried.takeBack(name))
    const retryAfterMs = counted.find((ms) => ms !== null) ?? null
    if (retryAfterMs !== null) {
      takeBack()
      throw new GatewayError(429, 'rate_limit_error', 'Too many codes that nothing waits under', {
        retryAfterS: retryAfterMs / 1000
      })
    }
    const userCode = readUserCode(given)
    const found =
      userCode === null
        ? null
        : await findWaiting(context.pool, userCode, clock.now()).catch((error: unknown) => {
            takeBack()
            throw error
          })
    if (found === null) {
      throw new GatewayError(
        404,
        'not_found_error',
        'nothing waits under this code: it may have expired, or somebody has decided'
      )
    }
    takeBack()
    return found
  }

  async function conclude(
    { context, person }: Decider,
    { userCode, client, clientAddress, userAgent }: WaitingDevice,
    { keyId, group }: { keyId: string | null; group?: string }
  ): Promise<void> {
    const decision = keyId === null ? 'denied' : 'approved'
    const detail = { client, client_address: clientAddress, user_agent: userAgent, ...(group === undefined ? {} : { group }) }
    await withOperatorLock(context, async (db) => {
      if (!(await decide(db, { userCode, decision, userId: person.userId, keyId, at: clock.now() }))) {
        throw conflict('somebody has decided meanwhile, or it has expired')
      }
      await record(db, context, `sign-in.${decision}`, `user ${person.email}`, detail)
    })
  }

  return {
    async begin(asker) {
      const retryAfterMs = await begun.count(asker.address ?? 'nowhere')
      if (retryAfterMs !== null) {
        throw new OAuthError('slow_down', 'Too many sign-ins were begun from this address: wait some minutes', {
          status: 429,
          retryAfterS: retryAfterMs / 1000
        })
      }
      const { code, contents } = await makeCode(asker)
      const { userCode } = contents
      return { deviceCode: code, userCode, expiresInS: DEVICE_CODE_MS / 1000, intervalS: POLL_INTERVAL_S }
    },

    async poll(deviceCode, origin) {
      const code = codes.open(deviceCode)
      if (code === null) throw expired()
      const pace = paceOf(code.hash)
      if (pace === 'at-once') throw slowDown()
      const settled = resultOf(code, origin).catch((error: unknown) => {
        if (error instanceof OAuthError) return error
        throw error
      })
      const result = (await unlessAway(settled)) ?? pending()
      if (!(result instanceof OAuthError)) return toResponse(result, clock.now())
      throw result.code === 'authorization_pending' && pace === 'early' ? slowDown() : result
    },

    find,

    async approve(by, userCode, group) {
      const waiting = await find(by, userCode)
      const keyId = await keyForDevice(by.context, by.person, { device: waiting, group })
      await conclude(by, waiting, { keyId, group })
    },

    async deny(by, userCode) {
      await conclude(by, await find(by, userCode), { keyId: null })
    }
  }
}
