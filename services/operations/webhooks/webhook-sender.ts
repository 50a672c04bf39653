import { Agent, request } from 'undici'
import { wordsOf } from '../../platform/error-words.ts'
import type { WebhookMessage } from './webhook-message.ts'
import { NamedError } from '../../platform/named-error.ts'

export interface WebhookSender {
  /** Resolves when the receiver has taken it; rejects with WebhookFailure when not. */
  send: (message: WebhookMessage, signal: AbortSignal) => Promise<void>
  close: () => Promise<void>
}

/** The receiver has not taken it. The message has nothing of what it answered but its status. */
export class WebhookFailure extends NamedError {
  /** How long the receiver asks to be left alone. */
  readonly retryAfterMs: number | null

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number | null } = {}) {
    super(message, options)
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/** Of a response no more is read: what it says does not matter. */
const MOST_READ_BYTES = 64 * 1024

/** Certificates are verified, redirects not followed: what is signed goes to the operator's own address only. */
export function createWebhookSender({ url, timeoutMs }: { url: string; timeoutMs: number }): WebhookSender {
  const agent = new Agent({ connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })

  async function post({ headers, body }: WebhookMessage, signal: AbortSignal) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    try {
      const response = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal: deadline })
      // So that the connection can be used again; a long response ends it.
      await response.body.dump({ limit: MOST_READ_BYTES, signal: deadline })
      return response
    } catch (cause) {
      throw new WebhookFailure(problemOf(cause), { cause })
    }
  }

  return {
    async send(message, signal) {
      const { statusCode, headers } = await post(message, signal)
      if (statusCode >= 200 && statusCode < 300) return
      throw new WebhookFailure(`the receiver answered ${statusCode}`, { retryAfterMs: retryAfterOf(headers['retry-after']) })
    },
    close: () => agent.destroy()
  }
}

function retryAfterOf(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null
}

function problemOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'the receiver did not answer in time'
  return `the receiver cannot be reached: ${wordsOf(error)}`
}
