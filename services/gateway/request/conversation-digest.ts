import { createHash, hash, type Hash } from 'node:crypto'

/** Claude Code's first system block names its build and changes from request to request. */
const CHANGING = Buffer.from('x-anthropic-billing-header')

/** Further system blocks, or messages before the user's first, are ignored. */
const MAX_LOOKED_AT = 64

/**
 * Distinguishes conversations by what stays the same from turn to turn: the system text marked for the prompt cache, or all of it
 * if none is, together with the user's first message. Only hashes of texts are kept. Texts are read as written, in parts.
 */
export class ConversationDigest {
  #cachedTexts = ''
  #texts = ''
  #blocks = 0
  #block: Hash | null = null
  #isCachedBlock = false
  /** How many bytes of CHANGING the block began with. */
  #changingBytes = 0
  #blockBytes = 0
  #messages = 0
  #message: Hash | null = null
  #isUsers = false
  #hasOpenText = false
  #firstMessage: string | null = null
  #isFirstKnown = false

  /** Null when nothing distinguishes the conversation: a system prompt alone is shared by many. */
  get key(): string | null {
    if (this.#firstMessage === null) return null
    const system = this.#cachedTexts === '' ? this.#texts : this.#cachedTexts
    return hash('sha256', `${system}\n${this.#firstMessage}`, 'base64url')
  }

  beginSystemBlock(): void {
    this.#block = null
    this.#isCachedBlock = false
    this.#changingBytes = 0
    this.#blockBytes = 0
  }

  isCached(): void {
    this.#isCachedBlock = true
  }

  systemText(bytes: Uint8Array, start: number, end: number): void {
    if (this.#blocks >= MAX_LOOKED_AT) return
    for (let at = start; at < end && this.#changingBytes === this.#blockBytes + at - start; at++) {
      if (bytes[at] !== CHANGING[this.#changingBytes] || this.#changingBytes === CHANGING.length) break
      this.#changingBytes++
    }
    this.#blockBytes += end - start
    this.#block ??= createHash('sha256')
    this.#block.update(bytes.subarray(start, end))
  }

  endSystemBlock(): void {
    if (this.#block !== null && this.#changingBytes < CHANGING.length && this.#blockBytes > 0) {
      const text = this.#block.digest('base64url')
      this.#texts += text
      if (this.#isCachedBlock) this.#cachedTexts += text
    }
    this.#blocks++
    this.beginSystemBlock()
  }

  beginMessage(): void {
    this.#messages++
    this.#message = null
    this.#isUsers = false
    this.#hasOpenText = false
    if (this.#messages > MAX_LOOKED_AT) this.#isFirstKnown = true
  }

  isFrom(user: boolean): void {
    this.#isUsers = user
  }

  messageText(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    if (this.#isFirstKnown) return
    if (start < end) {
      if (this.#message === null) this.#message = createHash('sha256')
      else if (!this.#hasOpenText) this.#message.update('\n')
      this.#message.update(bytes.subarray(start, end))
      this.#hasOpenText = true
    }
    if (isLast) this.#hasOpenText = false
  }

  endMessage(): void {
    if (this.#isFirstKnown || !this.#isUsers) return
    this.#isFirstKnown = true
    this.#firstMessage = this.#message?.digest('base64url') ?? null
  }
}
