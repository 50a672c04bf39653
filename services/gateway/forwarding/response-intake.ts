import type { IncomingHttpHeaders } from 'node:http'
import { codingOf, formOf, labelledCoding, labelledForm, MAGIC_BYTES } from './response-form.ts'
import type { ResponseRelay, ErrorInstead, RelayController, RelayTarget, Unusable } from './response-relay.ts'
import { createContentDecoder, isKnownCoding, type ContentDecoder } from './content-decoder.ts'
import { EventStreamRelay } from './event-stream-relay.ts'
import { JsonRelay } from './json-relay.ts'

/** Up to this many blank bytes at the start of a response are skipped; then its label decides. */
const MAX_BLANK_BYTES = 65_536

/**
 * Takes one 2xx response: determines by its first bytes what it is, decodes it if compressed, and passes it to the relay for its
 * form.
 */
export class ResponseIntake {
  readonly headers: IncomingHttpHeaders
  readonly status: number
  readonly #target: RelayTarget
  readonly #controller: RelayController
  #relay: ResponseRelay | null = null
  #problem: Unusable | null = null
  #coding: string | null = null
  #isCodingKnown = false
  #decoder: ContentDecoder | null = null
  /** What came before the form was known, raw and decoded. */
  #raw: Buffer = EMPTY
  #decoded: Buffer = EMPTY
  #isDetached = false
  #isAbandoned = false

  constructor(status: number, headers: IncomingHttpHeaders, target: RelayTarget, controller: RelayController) {
    this.status = status
    this.headers = headers
    this.#target = target
    this.#controller = controller
  }

  get committed(): boolean {
    return this.#relay?.committed === true
  }

  get over(): boolean {
    return this.#relay?.over === true
  }

  get closing(): boolean {
    return this.#relay?.closing === true
  }

  get fault(): string | null {
    return this.#relay?.fault ?? null
  }

  get errorInstead(): ErrorInstead | null {
    return this.#relay?.errorInstead ?? null
  }

  get errorEvent(): ErrorInstead | null {
    return this.#relay?.errorEvent ?? null
  }

  /** Why it is no response to pass on, as far as known before its end. */
  get problem(): Unusable | null {
    return this.#problem
  }

  /** Calls back when the chunk was taken; not after `abandon`. */
  push(chunk: Buffer, done: () => void): void {
    if (this.#isCodingKnown) this.#decode(chunk, done)
    else {
      this.#raw = append(this.#raw, chunk)
      if (this.#raw.length < MAGIC_BYTES) done()
      else this.#decode(this.#learnCoding(), done)
    }
  }

  /** The upstream ended its response. Calls back with null when the client has it or an error came instead, else with why it was none. */
  end(done: (problem: Unusable | null) => void): void {
    const rest = this.#isCodingKnown ? EMPTY : this.#learnCoding()
    if (this.#decoder === null) {
      if (rest.length > 0) this.#take(rest, rest)
      done(this.#finish())
      return
    }
    // After the last chunk is decoded.
    this.#decoder.write(rest, (decoded) => {
      if (decoded !== null && decoded.length > 0) this.#take(rest, decoded)
      this.#decoder?.destroy()
      done(this.#finish())
    })
  }

  /** The time that the upstream has for ending a response that is complete is over. */
  conclude(): void {
    this.#decoder?.destroy()
    this.#relay?.finish()
  }

  /** The client is gone: read on without writing. */
  detach(): void {
    this.#isDetached = true
    if (this.#relay === null) this.#controller.resume()
    else this.#relay.detach()
  }

  /** Nobody wants the rest, including what is still being decoded. */
  abandon(): void {
    this.#isAbandoned = true
    this.#decoder?.destroy()
  }

  /** The upstream broke off after bytes of its response were sent to the client. */
  cut(): void {
    this.abandon()
    this.#relay?.cut()
  }

  /** Returns the bytes received so far. */
  #learnCoding(): Buffer {
    const bytes = this.#raw
    this.#raw = EMPTY
    this.#isCodingKnown = true
    this.#coding = codingOf(bytes, labelledCoding(this.headers))
    if (this.#coding !== null && bytes.length > 0) {
      if (isKnownCoding(this.#coding)) this.#decoder = createContentDecoder(this.#coding)
      else
        this.#problem = {
          reason: `the response has an unknown content-encoding: ${this.#coding.slice(0, 60)}`,
          mayHaveCost: true
        }
    }
    return bytes
  }

  #decode(chunk: Buffer, done: () => void): void {
    if (this.#problem !== null) done()
    else if (this.#decoder === null) {
      this.#take(chunk, chunk)
      done()
    } else {
      this.#controller.pause()
      this.#decoder.write(chunk, (decoded) => {
        if (this.#isAbandoned) return
        if (decoded === null) {
          this.#controller.abort(new Error('the content coding of the response is broken'))
          return
        }
        const isLagging = !this.#take(chunk, decoded)
        if (!isLagging) this.#controller.resume()
        done()
      })
    }
  }

  #take(raw: Buffer, decoded: Buffer): boolean {
    if (this.#relay !== null) return this.#relay.take(raw, decoded)
    this.#raw = this.#raw.length === 0 ? raw : Buffer.concat([this.#raw, raw])
    this.#decoded = raw === decoded ? this.#raw : append(this.#decoded, decoded)
    return this.#begin(this.#decoded.length > MAX_BLANK_BYTES)
  }

  /** Finds the relay for the response, once its form is known. */
  #begin(isWhole: boolean): boolean {
    const told = formOf(this.#decoded, isWhole)
    if (told === null) return true
    const form = told === 'other' ? labelledForm(this.headers) : told
    if (form === 'other') {
      const type = (this.headers['content-type'] ?? 'without a type').slice(0, 60)
      this.#problem = {
        reason: `the response is neither an event stream nor JSON: ${type}`,
        mayHaveCost: true,
        isForeign: true
      }
      return true
    }
    const response = { status: this.status, headers: this.headers, coding: this.#coding }
    const relay = new RELAYS[form](response, this.#target, this.#controller)
    this.#relay = relay
    if (this.#isDetached) relay.detach()
    const [raw, decoded] = [this.#raw, this.#decoded]
    this.#raw = EMPTY
    this.#decoded = EMPTY
    return relay.take(raw, decoded)
  }

  #finish(): Unusable | null {
    if (this.#relay === null && this.#problem === null && this.#decoded.length > 0) this.#begin(true)
    if (this.#problem !== null) return this.#problem
    if (this.#relay !== null) return this.#relay.finish()
    // An event stream had begun, so the upstream may have worked on it.
    return { reason: 'the response is empty', mayHaveCost: labelledForm(this.headers) === 'events' || this.#coding !== null }
  }
}

const RELAYS = { events: EventStreamRelay, json: JsonRelay }

const EMPTY = Buffer.alloc(0)

const append = (bytes: Buffer, chunk: Buffer) => (bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]))
