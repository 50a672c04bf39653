import type { Clock, Timer } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { postponeInOutbox, removeFromOutbox, takeFromOutbox, type OutboxItem } from '../../resources/records/webhook-outbox.ts'
import { webhookMessage } from './webhook-message.ts'
import { WebhookFailure, type WebhookSender } from './webhook-sender.ts'

interface WebhookDeliveryOptions {
  db: Queryable
  sender: WebhookSender
  secrets: readonly Buffer[]
  clock: Clock
  /** From 0 to 1, as Math.random. */
  random: () => number
  /** How often it is looked for what is due. */
  intervalMs: number
  /** How long a try may take. */
  timeoutMs: number
  retryMinMs: number
  retryMaxMs: number
  /** What nobody has taken for so long is given up. */
  keepMs: number
  onResult: (result: WebhookResult) => void
}

export type WebhookResult =
  | { kind: 'delivered' }
  | { kind: 'failed'; id: string; type: string; tries: number; error: string }
  | { kind: 'given_up'; id: string; type: string; tries: number; error: string }
  /** The database could not be asked. */
  | { kind: 'fault'; error: unknown }

export interface WebhookDelivery {
  start: () => void
  /** Looks at once, since there is something new. */
  wake: () => void
  /** Sends nothing more; what is under way is broken off and comes back. */
  close: () => Promise<void>
}

/** So many are sent at once: a receiver is somebody's small program. */
const AT_ONCE = 8

/**
 * Sends what is in the outbox until it is taken, at least once each, in no certain order. Any number of processes may: what one
 * has taken comes back when it dies. A receiver that is slow or away holds up nothing but its own events.
 */
export function createWebhookDelivery(options: WebhookDeliveryOptions): WebhookDelivery {
  const { db, sender, secrets, clock, random, intervalMs, timeoutMs, retryMinMs, retryMaxMs, keepMs, onResult } = options
  const closing = new AbortController()
  let timer: Timer | null = null
  let running: Promise<void> | null = null
  let isWanted = false

  function plan(delayMs: number): void {
    timer?.cancel()
    if (!closing.signal.aborted) timer = clock.setTimer(look, delayMs)
  }

  function look(): void {
    isWanted = true
    running ??= work().finally(() => {
      running = null
      if (isWanted) look()
      else plan(intervalMs)
    })
  }

  async function work(): Promise<void> {
    isWanted = false
    try {
      while (!closing.signal.aborted) {
        const items = await takeFromOutbox(db, { limit: AT_ONCE, leaseMs: 2 * timeoutMs + retryMinMs })
        const ends = await Promise.allSettled(items.map(deliver))
        for (const end of ends) if (end.status === 'rejected') throw end.reason
        // A receiver that takes nothing is not asked for the next ones at once.
        if (items.length < AT_ONCE || !ends.some((end) => end.status === 'fulfilled' && end.value)) return
      }
    } catch (error) {
      if (!closing.signal.aborted) onResult({ kind: 'fault', error })
    }
  }

  async function deliver(item: OutboxItem): Promise<boolean> {
    try {
      await sender.send(webhookMessage(item, secrets, clock.now()), closing.signal)
    } catch (error) {
      if (!(error instanceof WebhookFailure)) throw error
      if (!closing.signal.aborted) await postpone(item, error)
      return false
    }
    await removeFromOutbox(db, [item.id])
    onResult({ kind: 'delivered' })
    return true
  }

  async function postpone({ id, type, tries, ageMs }: OutboxItem, { message, retryAfterMs }: WebhookFailure): Promise<void> {
    const failure = { id, type, tries, error: message }
    const delayMs = Math.max(backoffMs(tries), Math.min(retryAfterMs ?? 0, retryMaxMs))
    if (ageMs + delayMs > keepMs) {
      await removeFromOutbox(db, [id])
      onResult({ kind: 'given_up', ...failure })
      return
    }
    await postponeInOutbox(db, id, { delayMs, error: message })
    onResult({ kind: 'failed', ...failure })
  }

  /** Doubled with each try, and spread, so that those which failed together do not come back together. */
  function backoffMs(tries: number): number {
    const fullMs = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(tries - 1, 30))
    return Math.round(fullMs * (0.5 + random() / 2))
  }

  return {
    start: () => plan(0),
    wake: look,
    async close() {
      closing.abort()
      timer?.cancel()
      isWanted = false
      await running
      await sender.close()
    }
  }
}
