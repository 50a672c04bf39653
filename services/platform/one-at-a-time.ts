/**
 * Runs `work` once at a time: what is asked for while it runs is done by one more run afterwards, however often it was asked for.
 * `work` must not reject.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let isDue = false

  async function run(): Promise<void> {
    while (isDue) {
      isDue = false
      await work()
    }
    running = null
  }

  return () => {
    isDue = true
    return (running ??= run())
  }
}
