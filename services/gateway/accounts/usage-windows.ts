import type { AccountWindow } from '../../resources/accounts/cooldowns.ts'

/** The names come from the upstream. */
const MAX_WINDOWS = 10
/** Each response changes it a little, and each change is stored. */
const UTILIZATION_STEP = 0.01

/**
 * An account's windows after a response has stated some of them. `changed` is false when nothing is worth storing; then the
 * windows stay as last stored.
 */
export function mergeWindows(
  known: AccountWindow[],
  stated: readonly AccountWindow[]
): { windows: AccountWindow[]; changed: boolean } {
  const byName = new Map(known.map((window) => [window.name, window]))
  const changed = stated.some((window) => isNews(byName.get(window.name), window))
  if (!changed) return { windows: known, changed }
  for (const window of stated) byName.set(window.name, window)
  const newestFirst = [...byName.values()].toSorted((a, b) => b.seenAt - a.seenAt)
  const windows = newestFirst.slice(0, MAX_WINDOWS).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { windows, changed }
}

function isNews(known: AccountWindow | undefined, stated: AccountWindow): boolean {
  if (known === undefined || known.status !== stated.status || known.resetsAt !== stated.resetsAt) return true
  if (known.utilization === null || stated.utilization === null) return known.utilization !== stated.utilization
  // In whole steps, because 0.12 - 0.11 is less than 0.01.
  return Math.abs(stated.utilization - known.utilization) > UTILIZATION_STEP - 1e-9
}
