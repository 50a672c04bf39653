import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** The gateway has a core for itself; load, upstream and the bench share the other. */
export const GATEWAY_CORE = 0
export const LOAD_CORE = 1

export const canPin = process.platform === 'linux' && availableParallelism() > 1 && hasTaskset()

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-p', String(process.pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const PIN_TRIES = 20

/** Moves this process, all its threads, to the load's core. */
export function pinSelf(): void {
  if (!canPin) return
  const args = ['-a', '-c', '-p', String(LOAD_CORE), String(process.pid)]
  for (let tried = 1; ; tried++) {
    try {
      execFileSync('taskset', args, { stdio: 'ignore' })
      return
    } catch (error) {
      // It gives up at a thread that has ended since it listed them: at a start of the bench, one time in ten.
      if (tried === PIN_TRIES) throw error
    }
  }
}

interface SpawnOptions {
  core: number
  args?: string[]
  env?: NodeJS.ProcessEnv
  cwd?: string
  stdin?: 'ignore' | 'pipe'
  /** A file descriptor for stdout and stderr; without it stdout is a pipe and stderr this process' own. */
  logFd?: number
}

/** Runs a script of this folder (or an absolute path) with this Node, pinned to a core where that can be done. */
export function spawnNode(script: string, options: SpawnOptions): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const command = [process.execPath, path, ...(options.args ?? [])]
  const pinned = canPin ? ['taskset', '-c', String(options.core), ...command] : command
  const { logFd } = options
  return spawn(pinned[0] ?? '', pinned.slice(1), {
    stdio: [options.stdin ?? 'ignore', logFd ?? 'pipe', logFd ?? 'inherit'],
    env: options.env ?? process.env,
    cwd: options.cwd
  })
}

/** The first line a process prints; fails when it ends before. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as Readable })
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${child.spawnargs.join(' ')} ended with ${String(code)}`))
  )
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string]
  return line
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const hurry = setTimeout(() => child.kill('SIGKILL'), 5000)
  await exited
  clearTimeout(hurry)
}
