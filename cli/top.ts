import { setTimeout as delay } from 'node:timers/promises'
import { Option, type Command } from 'commander'
import { wordsOf } from '../services/platform/error-words.ts'
import { systemClock, type Clock } from '../services/platform/clock.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { runningServer, type AskAdmin } from './admin-client.ts'
import { OperationError } from './failures.ts'
import { command } from './operated-rows.ts'
import { spanBetween } from './option-values.ts'
import { openScreen, type ScreenInput, type ScreenOutput } from './screen.ts'
import { COUNTED } from './usage.ts'
import { frameLines, type Overview, type TopState } from './top-frame.ts'

interface TopOptions {
  interval: number
  once: boolean
  json: boolean
}

/** Where it is shown; `output` is a terminal when it is to be drawn on. */
export interface TopPlace {
  server: string
  ask: AskAdmin
  clock: Clock
  intervalMs: number
  output: ScreenOutput
  input: ScreenInput
  /** Ends it, besides the keys. */
  signal: AbortSignal
}

export function topCommand(): Command {
  return command(
    'top',
    'Watches a server: what is in flight and waiting, who holds slots, the state of accounts, what is spent'
  )
    .addOption(new Option('--interval <span>', 'how often to refresh').argParser(spanBetween('0.1', '1d')).default(2000, '2s'))
    .option('--once', 'print once and exit', false)
    .addHelpText('after', COUNTED)
    .action(top)
}

async function top({ interval: intervalMs, once, json }: TopOptions): Promise<void> {
  const server = await runningServer(readSettings(process.env))
  const { stdout: output, stdin: input } = process
  if (json) return await printEach(server.ask, once ? null : intervalMs)
  if (once || !output.isTTY) {
    const state = { server: server.url, overview: await look(server.ask), silence: null }
    const lines = frameLines(state, { width: output.columns || Infinity, height: Infinity })
    for (const line of lines) console.log(line)
    return
  }
  const ending = new AbortController()
  const end = (signal: NodeJS.Signals) => ending.abort(signal)
  const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of SIGNALS) process.once(signal, end)
  await watch({ server: server.url, ask: server.ask, clock: systemClock, intervalMs, output, input, signal: ending.signal })
  // Now that the terminal is as it was, the signal has the end that its sender expects.
  if (ending.signal.aborted) process.kill(process.pid, ending.signal.reason as NodeJS.Signals)
  for (const signal of SIGNALS) process.off(signal, end)
}

const look = async (ask: AskAdmin) => (await ask('GET', '/overview')) as Overview

/** The last two are Ctrl-C and Ctrl-D. */
const KEYS_TO_END = ['q', 'Q', '\u0003', '\u0004']

/** Shows the server on a terminal until somebody ends it. Rejects when the server does not answer the first time. */
export async function watch({ server, ask, clock, intervalMs, output, input, signal }: TopPlace): Promise<void> {
  const state: TopState = { server, overview: await look(ask), silence: null }
  const over = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => over.resolve())
  const screen = openScreen(output, input, {
    onKey(key) {
      if (KEYS_TO_END.some((end) => key.includes(end))) over.resolve()
    },
    onResize: draw,
    onLost: () => over.resolve()
  })
  let isOver = signal.aborted
  let lastResponseAt = clock.uptime()
  let timer = clock.setTimer(() => void refresh(), intervalMs)

  function draw(): void {
    screen.draw(frameLines(state, screen.size()))
  }

  async function refresh(): Promise<void> {
    try {
      state.overview = await look(ask)
      state.silence = null
      lastResponseAt = clock.uptime()
    } catch (error) {
      state.silence = { ms: clock.uptime() - lastResponseAt, reason: wordsOf(error) }
    }
    if (isOver) return
    draw()
    timer = clock.setTimer(() => void refresh(), intervalMs)
  }

  try {
    draw()
    if (!isOver) await over.promise
  } finally {
    isOver = true
    timer.cancel()
    screen.close()
  }
}

/** A line of JSON each time, for programs: until its reader or somebody else ends it. */
async function printEach(ask: AskAdmin, intervalMs: number | null): Promise<void> {
  console.log(JSON.stringify(await look(ask)))
  if (intervalMs === null) return
  for (;;) {
    await delay(intervalMs)
    try {
      console.log(JSON.stringify(await look(ask)))
    } catch (error) {
      if (!(error instanceof OperationError)) throw error
      console.error(`sluice: ${error.message}`)
    }
  }
}
