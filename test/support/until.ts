import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Resolves as soon as `condition` holds; fails naming `description` when it doesn't within `timeoutMs`.
 * A minute, since a slow machine is no fault of what is tested, and a wait that ends in time costs nothing.
 * A condition that throws or rejects fails at once: it is asked for a fact, not tried until it works.
 */
export async function until(
  description: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (let pauseMs = 1; !(await condition()); pauseMs = Math.min(pauseMs * 2, 25)) {
    if (performance.now() >= deadline) assert.fail(`waited ${timeoutMs} ms in vain until ${description}`)
    await delay(pauseMs)
  }
}
