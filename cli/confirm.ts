import { createInterface } from 'node:readline/promises'
import { UsageError } from './failures.ts'

/** Asks on a terminal; elsewhere only `--yes` says yes. Throws UsageError for anything but a yes. */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new UsageError(`${question} Use --yes to confirm.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C and Ctrl-D close it, and an answer would then be waited for in vain.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed])
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('nothing has changed')
  } finally {
    terminal.close()
  }
}
