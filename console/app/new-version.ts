const KEY = 'sluice-reloaded-at'
const PAUSE_MS = 10_000

/**
 * Whether to load the page anew since a file of it is gone: not again and again, as while replicas of two versions answer in turn.
 *
 * @param now epoch milliseconds
 */
export function reloadOnce(storage: Pick<Storage, 'getItem' | 'setItem'>, now: number): boolean {
  const last = Number(storage.getItem(KEY) ?? 0)
  if (Math.abs(now - last) < PAUSE_MS) return false
  storage.setItem(KEY, String(now))
  return true
}
