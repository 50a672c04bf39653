import { createInterface } from 'node:readline/promises'
import { Interrupted, UsageError } from './failures.ts'

/** Asks on a terminal; elsewhere only the option says yes. Throws UsageError for anything but a yes, Interrupted for Ctrl-C. */
export async function confirm(question: string, yes: boolean, option = '--yes'): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new UsageError(`${question} Use ${option} to confirm.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C and Ctrl-D end it, and an answer would then be waited for in vain.
  const closed = new Promise<string>((resolve, reject) => {
    terminal.once('close', () => resolve(''))
    terminal.once('SIGINT', () => reject(new Interrupted('cancelled: nothing has changed')))
  })
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed])
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('nothing has changed')
  } finally {
    terminal.close()
  }
}
