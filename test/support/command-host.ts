import { Console } from 'node:console'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import type { HostedCommand, HostedResult } from './sluice-command.ts'

/**
 * Runs `sluice` commands for a test, one after the other, in this one process: loading is most of a command's time, and is done
 * once here. Each is the command's own script, with an environment, streams and an exit code of its own. It is over when a
 * process would be: when it exits, or when nothing is left to wait for.
 */
let nothingIsLeft = () => {}
let runs = 0
const exit = process.exit.bind(process)

process.on('message', (command: HostedCommand) => void run(command))
process.on('beforeExit', () => nothingIsLeft())
process.on('disconnect', () => exit())

async function run({ args, env, input, columns }: HostedCommand): Promise<void> {
  const stdout = Object.assign(new PassThrough(), { columns })
  const stderr = new PassThrough()
  const written = Promise.all([text(stdout), text(stderr)])
  Object.defineProperties(process, {
    stdin: { configurable: true, value: Readable.from(input === '' ? [] : [Buffer.from(input)]) },
    stdout: { configurable: true, value: stdout },
    stderr: { configurable: true, value: stderr }
  })
  globalThis.console = new Console({ stdout, stderr })
  for (const name in process.env) delete process.env[name]
  Object.assign(process.env, env)
  process.argv = [process.execPath, 'sluice', ...args]
  process.exitCode = undefined

  process.channel?.unref()
  const code = await codeOf(script())
  const isLast = await isSomethingLeft()
  process.channel?.ref()
  stdout.end()
  stderr.end()
  const [out, err] = await written
  const result: HostedResult = { code, out, err, isLast }
  process.send?.(result, () => isLast && exit(code))
}

/** Under another name each time, or it would not run again. */
const script = () => import(`../../cli/sluice.ts?run=${runs++}`) as Promise<unknown>

function codeOf(command: Promise<unknown>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  let isDone = false
  process.exit = resolve as typeof process.exit
  // Node's own code for a script that waits for what nothing can bring any more.
  nothingIsLeft = () => resolve(isDone ? Number(process.exitCode ?? 0) : 13)
  void command.then(() => (isDone = true))
  return promise
}

/** Of a command that exited: what it left open must not be there for the next. */
async function isSomethingLeft(): Promise<boolean> {
  nothingIsLeft = () => {}
  for (let turns = 0; turns < 5; turns++) await turn()
  return process.getActiveResourcesInfo().some((resource) => resource !== 'Immediate')
}
