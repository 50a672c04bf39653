import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { ClientStream, type ClientStreamOptions } from '../forwarding/client-stream.ts'
import type { BrakeSubject } from '../brakes/brake-subject.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Envelope } from './envelope.ts'
import { NO_LANE, type Lane } from '../slots/slots.ts'
import type { HeldRequest } from './outgoing-body.ts'
import type { SessionKey } from './session-key.ts'
import { ClientGoneError, type GatewayError } from '../../platform/gateway-errors.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import type { SpendReservation } from '../eligibility/spend-reservations.ts'
import type { Verdict } from '../accounts/verdicts.ts'
import type { UpstreamRefusal } from '../accounts/upstream-error.ts'
import type { Ending, ExchangeKind } from './outcomes.ts'
import { OwnTime } from './own-time.ts'
import { ExchangeTrace, type TraceFacts } from '../traces/exchange-trace.ts'
import type { TokenFacts, UsageBasis } from '../../money/usage/usage-facts.ts'

interface ExchangeOptions extends Omit<ClientStreamOptions, 'requestId'> {
  id: string
  kind: ExchangeKind
  client: ClientKeyRecord
  headers: IncomingHttpHeaders
  address: string
  response: ServerResponse
  /** How long ago the request arrived, in ms. */
  elapsedMs: number
}

/** A failed attempt at an account, as the exchange remembers it. */
export interface ExchangeAttempt {
  accountId: string
  accountName: string
  upstreamModel: string
  verdict: Verdict
  /** The upstream's error response as a client may read it; null when none came. */
  response: UpstreamRefusal | null
  /** False for what does not count as an attempt: there was no credential, or the connection was stale. */
  counts: boolean
}

/** What an attempt used, as written to the journal. */
export interface RecordedUse {
  usage: TokenFacts
  basis: UsageBasis
  costNano: bigint
  chargedNano: bigint
  /** Time since the attempt was sent. */
  firstByteMs: number | null
}

/** The part of the envelope that is kept longer than the body. */
export type KeptEnvelope = Pick<Envelope, 'model' | 'stream' | 'pinned' | 'thread' | 'speed'>

/**
 * One request on its way from authentication to its recorded cost: who asks, for what, what it holds and what was tried. Whatever
 * happens, `close` releases all that it still holds.
 */
export class Exchange {
  readonly id: string
  readonly kind: ExchangeKind
  /** By the wall clock, for the record. */
  readonly arrivedAt: number
  /** By the clock's `uptime`, for deadlines and durations. */
  readonly arrivedUptime: number
  /** The owner of the client's key, as of the last check. */
  client: ClientKeyRecord
  readonly headers: IncomingHttpHeaders
  /** The client's address, as far as the proxies in between are trusted. */
  readonly address: string
  readonly stream: ClientStream
  /** The attempts that failed before any of a response was sent to the client. */
  readonly attempts: ExchangeAttempt[] = []
  /** What attempts have used, including those that failed. */
  readonly uses: RecordedUse[] = []
  readonly trace: ExchangeTrace
  readonly ownTime: OwnTime
  /** What the client was refused with; null when it has a response, or left. */
  refusal: GatewayError | null = null
  /** How it was answered; null until then, or when Sluice refused it. */
  ending: Ending | null = null
  /** The subscription that pays, as of the last check; null when the wallet does. */
  subscription: ClientSubscription | null = null
  /** What is kept free for it until its cost is known; null before, and after. */
  reservation: Pick<SpendReservation, 'release'> | null = null
  /** The session that its account is bound to; null when there is none. */
  session: SessionKey | null = null
  /** In whose name it waits for a slot of its user. */
  lane: Lane = NO_LANE
  /** The only account that can answer: it has the thread that the request continues. Null when any may. */
  threadHome: string | null = null
  /** Whose it is, as brakes look at it; null when they do not. */
  brakeSubject: BrakeSubject | null = null
  /** How many attempts were made to send it upstream. */
  calls = 0
  /** It has waited since the last check whether it may proceed. */
  lookDue = false
  /** Time spent waiting for slots, in ms. */
  queueMs = 0
  readonly #clock: Clock
  readonly #gone = new AbortController()
  readonly #held = new Set<() => Promise<void>>()
  #request: HeldRequest | null = null
  #envelope: KeptEnvelope | null = null
  #freeBody: (() => void) | null = null

  constructor({ id, kind, client, headers, address, response, elapsedMs, ...streamOptions }: ExchangeOptions) {
    this.id = id
    this.kind = kind
    this.#clock = streamOptions.clock
    this.arrivedAt = this.#clock.now()
    this.arrivedUptime = this.#clock.uptime()
    this.client = client
    this.headers = headers
    this.address = address
    this.ownTime = new OwnTime(elapsedMs)
    this.trace = new ExchangeTrace(streamOptions.clock)
    this.stream = new ClientStream(response, { ...streamOptions, requestId: id })
    // Not the request's own signal: on a POST it fires once the body is read, or never.
    response.once('close', () => {
      this.stream.closed()
      this.#giveBodyBack()
      if (!response.writableFinished) this.#gone.abort(new ClientGoneError('the client closed its connection'))
    })
    // Bytes written a moment after the client left do not matter.
    response.on('error', () => {})
    if (response.destroyed) this.#gone.abort(new ClientGoneError('the client closed its connection'))
  }

  /** Aborts when nobody waits for the response any longer: with a ClientGoneError, or with what `breakOff` was given. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** How long it has been under way, in ms. */
  get ageMs(): number {
    return this.#clock.uptime() - this.arrivedUptime
  }

  /** Ends the exchange from our side; `reason` is what the client, who is still connected, is told. */
  breakOff(reason: unknown): void {
    this.#gone.abort(reason)
  }

  /** The envelope and body, from the step that reads them to the first upstream byte. */
  get request(): HeldRequest {
    // When the client leaves, its body is released.
    this.gone.throwIfAborted()
    if (this.#request === null) throw new Error('the request is not read yet, or was freed at the first upstream byte')
    return this.#request
  }

  /** Null before the request is read, and once its body is freed. */
  get requestIfHeld(): HeldRequest | null {
    return this.#request
  }

  keepRequest(request: HeldRequest): void {
    const { model, stream, pinned, thread, speed } = request
    this.#request = request
    this.#envelope = { model, stream, pinned, thread, speed }
  }

  /** Null when the request was refused before its envelope was read. */
  get envelopeIfRead(): KeptEnvelope | null {
    return this.#envelope
  }

  get envelope(): KeptEnvelope {
    if (this.#envelope === null) throw new Error('the envelope is not read yet')
    return this.#envelope
  }

  get sessionKey(): string | null {
    return this.session?.key ?? null
  }

  /** How many calls upstream have failed. */
  get failedCalls(): number {
    return this.attempts.filter(({ counts }) => counts).length
  }

  get triedAccountIds(): string[] {
    return this.attempts.map((attempt) => attempt.accountId)
  }

  /** Takes over the body; `free` gives its bytes back to the process's budget. */
  holdBody(free: () => void): void {
    this.#freeBody = free
  }

  /** Once a response begins nobody needs the body again, and a response may take minutes. */
  releaseBody(): void {
    this.#request = null
    this.#giveBodyBack()
  }

  #giveBodyBack(): void {
    this.#freeBody?.()
    this.#freeBody = null
  }

  /** Holds something for the exchange until the returned function is called, or the exchange ends. */
  hold(release: () => Promise<void>): () => Promise<void> {
    this.#held.add(release)
    return async () => {
      if (this.#held.delete(release)) await release()
    }
  }

  /** What is stored besides its summary to explain it: each decision. No prompt, no response. */
  facts(): TraceFacts {
    const { refusal } = this
    return this.trace.facts({
      pinned: this.envelopeIfRead?.pinned ?? null,
      session: this.session?.shown ?? null,
      error: refusal === null ? null : { type: refusal.type, message: refusal.message }
    })
  }

  async close(): Promise<void> {
    this.releaseBody()
    const held = [...this.#held]
    this.#held.clear()
    // Each separately: one failure must not prevent the others. A slot that could not be released ends with its lease.
    await Promise.allSettled(held.map((release) => release()))
  }
}
