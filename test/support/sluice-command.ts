import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from './compile-cache.ts'
import { until } from './until.ts'

const SCRIPT = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))
const HOST = fileURLToPath(new URL('command-host.ts', import.meta.url))

const LONGEST_RUN_MS = 60_000

export interface CommandResult {
  code: number | null
  out: string
  err: string
}

/** What a process that runs commands is told. */
export interface HostedCommand {
  args: string[]
  env: Record<string, string>
  input: string
  columns?: number
}

export interface HostedResult extends CommandResult {
  /** The process ends with it. */
  isLast: boolean
}

/** To start one costs more than most commands take: what a test asks at once waits for one of so many. */
const MOST_HOSTS = 4
let hosts = 0
/** Those that run no command now, and who waits for one. */
const idleHosts: ChildProcess[] = []
const waitingForHost: ((host: ChildProcess) => void)[] = []

/**
 * Runs the `sluice` command with only these environment variables and `input` on its standard input: as a process would, but in
 * one that has run other commands of the test. With `columns` it prints as on a terminal that is so wide.
 */
export async function runSluice(
  args: string[],
  env: Readonly<Record<string, string>>,
  input = '',
  columns?: number
): Promise<CommandResult> {
  const host = await takeHost()
  host.ref()
  host.channel?.ref()
  const over = new AbortController()
  const closed = once(host, 'close', over).then(([code]): HostedResult => ({
    code: code as number | null,
    ...NOTHING,
    isLast: true
  }))
  // A command that does not end is killed, so that its test fails rather than waits for ever.
  const late = setTimeout(() => host.kill(), LONGEST_RUN_MS)
  try {
    const said = once(host, 'message', over).then(([result]) => result as HostedResult)
    const command: HostedCommand = { args, env: environment(env), input, ...(columns === undefined ? {} : { columns }) }
    host.send(command)
    const { isLast, ...result } = await Promise.race([said, closed])
    if (isLast) {
      await closed
      hosts--
      if (waitingForHost.length > 0) giveHost(startHost())
    } else {
      giveHost(host)
    }
    return result
  } finally {
    clearTimeout(late)
    // The host keeps no listener of a command that is done.
    over.abort()
  }
}

const NOTHING = { out: '', err: '' }

async function takeHost(): Promise<ChildProcess> {
  return idleHosts.pop() ?? (hosts < MOST_HOSTS ? startHost() : await new Promise((resolve) => waitingForHost.push(resolve)))
}

function giveHost(host: ChildProcess): void {
  const next = waitingForHost.shift()
  if (next !== undefined) return next(host)
  host.channel?.unref()
  host.unref()
  idleHosts.push(host)
}

function startHost(): ChildProcess {
  hosts++
  return fork(HOST, { env: environment(), execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

const environment = (env: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env['PATH'] ?? '',
  ...COMPILE_CACHE,
  ...env
})

/** The same in a process of its own. */
export async function spawnSluice(args: string[], env: Readonly<Record<string, string>>, input = ''): Promise<CommandResult> {
  const { child, ended } = start(args, env)
  child.stdin.end(input)
  return await ended
}

/** As a conversation with such a process: what it prints is given to `reply`, which returns what to type once that is enough, else null. */
export async function converse(
  args: string[],
  env: Readonly<Record<string, string>>,
  reply: (printed: string) => string | null
): Promise<CommandResult> {
  const { child, ended } = start(args, env)
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  let typed: string | null = null
  await until(`sluice ${args.join(' ')} has asked`, () => (typed = reply(printed)) !== null || child.exitCode !== null, 20_000)
  // The input stays open, as a terminal does.
  if (typed !== null) child.stdin.write(`${String(typed)}\n`)
  const result = await ended
  child.stdin.destroy()
  return result
}

function start(args: string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: environment(env), timeout: LONGEST_RUN_MS })
  const exit = once(child, 'close')
  // A command that ends without reading its input closes it.
  child.stdin.on('error', () => {})
  const ended = Promise.all([text(child.stdout), text(child.stderr), exit]).then(([out, err, [code]]): CommandResult => ({
    code: code as number | null,
    out,
    err
  }))
  return { child, ended }
}
