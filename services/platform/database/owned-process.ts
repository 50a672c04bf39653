import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

interface ProcessEnd {
  /** In words: an exit code or a signal. */
  how: string
  code: number | null
  /** It could not be started at all. */
  error: NodeJS.ErrnoException | null
}

export interface OwnedProcess {
  readonly pid: number | undefined
  readonly ended: Promise<ProcessEnd>
  kill: (signal: NodeJS.Signals) => void
}

interface OwnedProcessOptions {
  env: Record<string, string>
  cwd: string
  onOutput: (text: string) => void
  /** How it is ended when this process is gone: the first signal, and 5 s later the second. */
  signals: readonly [string, string]
  /** Whether the signals are for the processes that it started too. */
  group?: boolean
}

// Its standard input ends when the process at the other end does, however that ended; a line on it says that all is well.
const KEEPER = `read -r _ && exit 0
kill -s "$2" -- "$1" || exit 0
for _ in 1 2 3 4 5; do sleep 1; kill -s 0 -- "$1" || exit 0; done
kill -s "$3" -- "$1"`

/**
 * Starts a program in a session of its own, where Ctrl-C and signals to this process's group don't reach it. It does not outlive
 * this process by more than a moment, not even where that is killed.
 */
export function startOwned(command: string, args: readonly string[], options: OwnedProcessOptions): OwnedProcess {
  const { env, cwd, onOutput, signals, group = false } = options
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const output of [child.stdout, child.stderr]) output.setEncoding('utf8').on('data', onOutput)
  const ended = endOf(child)
  const { pid } = child
  if (pid !== undefined) keep(group ? `-${pid}` : String(pid), signals, env, ended)
  return { pid, ended, kill: (signal) => void child.kill(signal) }
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return { how: signal === null ? `exit code ${code}` : `signal ${signal}`, code, error: null }
  } catch (error) {
    return { how: (error as Error).message, code: null, error: error as NodeJS.ErrnoException }
  }
}

/** Somebody who outlives this process and ends what it has started; there is one until that has ended. */
function keep(target: string, signals: readonly [string, string], env: Record<string, string>, ended: Promise<unknown>): void {
  let isOver = false
  const start = () => {
    if (isOver) return
    const args = ['-c', KEEPER, 'sh', target, ...signals]
    const keeper = spawn('/bin/sh', args, { env, detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    keeper.unref()
    keeper.stdin.on('error', () => {})
    keeper.on('error', () => {})
    keeper.on('exit', again)
    void ended.then(() => keeper.stdin.end('over\n'))
  }
  const again = () => void setTimeout(start, 100).unref()
  void ended.then(() => (isOver = true))
  start()
}
