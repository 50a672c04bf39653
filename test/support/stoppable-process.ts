import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

interface StoppableOptions {
  /** Ends it at once, as a crash would. */
  signal: NodeJS.Signals
  /** Resolves when it can be used. */
  isUp: () => Promise<void>
  env?: NodeJS.ProcessEnv
  cwd?: string
}

/** A server of the test's own that can be stopped and started again. It does not outlive this process. */
export function stoppableProcess(command: string, args: readonly string[], { signal, isUp, ...options }: StoppableOptions) {
  let child: ChildProcess | null = null
  let ended: Promise<unknown> | null = null
  const endWithUs = () => void child?.kill(signal)

  async function start(): Promise<void> {
    child = spawn(command, args, { ...options, stdio: 'ignore' })
    // Heard from the beginning: one that has ended by itself says so no second time.
    ended = once(child, 'exit')
    process.once('exit', endWithUs)
    const isOver = ended.then(() => assert.fail(`${command} has ended before it was up`))
    await Promise.race([isUp(), isOver])
  }

  async function stop(): Promise<void> {
    if (child === null) return
    child.kill(signal)
    await ended
    child = null
    process.off('exit', endWithUs)
  }

  return { start, stop, send: (other: NodeJS.Signals) => void child?.kill(other) }
}
