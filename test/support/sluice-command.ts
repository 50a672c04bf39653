import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from './compile-cache.ts'
import { until } from './until.ts'

const SCRIPT = fileURLToPath(new URL('../../cli/sluice.ts', import.meta.url))

const LONGEST_RUN_MS = 60_000

export interface CommandResult {
  code: number | null
  out: string
  err: string
}

/** Runs the `sluice` command as a process, with only these environment variables and `input` on its standard input. */
export async function runSluice(args: string[], env: Readonly<Record<string, string>>, input = ''): Promise<CommandResult> {
  const { child, ended } = spawnSluice(args, env)
  child.stdin.end(input)
  return await ended
}

/** The same as a conversation: what it prints is given to `reply`, which returns what to type once that is enough, else null. */
export async function converse(
  args: string[],
  env: Readonly<Record<string, string>>,
  reply: (printed: string) => string | null
): Promise<CommandResult> {
  const { child, ended } = spawnSluice(args, env)
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

function spawnSluice(args: string[], env: Readonly<Record<string, string>>) {
  // A command that does not end is killed, so that its test fails rather than waits for ever.
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env },
    timeout: LONGEST_RUN_MS
  })
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
