import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startOwned, type OwnedProcess } from './owned-process.ts'
import { stopLeftOver } from './postgres-leftovers.ts'
import { createPostgresLog, type PostgresLogger } from './postgres-log.ts'
import type { PostgresPrograms } from './postgres-programs.ts'
import { initdbArguments, postgresArguments } from './postgres-settings.ts'
import { explainStartFailure } from './start-failures.ts'

interface PostgresServer {
  /** Resolves when it takes connections. Throws EmbeddedDatabaseError. */
  start: () => Promise<void>
  stop: () => Promise<void>
}

interface PostgresServerOptions {
  programs: PostgresPrograms
  filesDir: string
  /** Relative to `filesDir`. */
  socketDir: string
  clearSocket: () => void
  logger: PostgresLogger
}

const READY = 'database system is ready to accept connections'
/** Processes of one that was killed may take a moment to notice. */
const STILL_IN_USE = /pre-existing shared memory block/
const STILL_IN_USE_MS = 10_000

const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 5000

const STOP_DEADLINE_MS = 10_000
const HURRY_DEADLINE_MS = 5000

/** Postgres refuses to run as root, who therefore runs it in a user namespace where it is somebody else: files stay root's. */
export function withoutRoot(command: string, args: readonly string[]): [string, string[]] {
  if (process.geteuid?.() !== 0) return [command, [...args]]
  return ['unshare', ['--user', '--map-user=1000', '--map-group=1000', command, ...args]]
}

/** Makes a new cluster in `filesDir`. Throws EmbeddedDatabaseError. */
export async function initializeCluster({ initdb, env }: PostgresPrograms, filesDir: string): Promise<void> {
  const [program, args] = withoutRoot(initdb, initdbArguments(filesDir))
  let output = ''
  const { ended } = startOwned(program, args, {
    env,
    cwd: dirname(filesDir),
    onOutput: (text) => (output += text),
    signals: ['KILL', 'KILL'],
    group: true
  })
  const { how, code, error } = await ended
  if (code === 0) return
  throw explainStartFailure(filesDir, { program, lines: output.split('\n').filter(Boolean), how, code, error })
}

/** Runs Postgres, and starts it again when it ends by itself, until it is stopped. */
export function createPostgresServer(options: PostgresServerOptions): PostgresServer {
  const { programs, filesDir, socketDir, clearSocket, logger } = options
  const stopping = new AbortController()
  let current: OwnedProcess | null = null
  let watching: Promise<void> = Promise.resolve()

  /** Starts it once, and resolves when it serves. Throws EmbeddedDatabaseError. */
  async function launch(): Promise<void> {
    await stopLeftOver(filesDir, (pid) =>
      logger.warn({ pid }, 'the embedded database still runs although its Sluice is gone: it is stopped first')
    )
    stopping.signal.throwIfAborted()
    clearSocket()
    const ready = Promise.withResolvers<'ready'>()
    let isServing = false
    const log = createPostgresLog(
      logger,
      () => isServing && !stopping.signal.aborted,
      (message) => {
        if (message !== READY) return
        isServing = true
        ready.resolve('ready')
      }
    )
    const [program, args] = withoutRoot(programs.postgres, postgresArguments(filesDir, socketDir))
    const started = startOwned(program, args, {
      env: programs.env,
      cwd: filesDir,
      onOutput: log.push,
      signals: ['INT', 'QUIT']
    })
    current = started
    const outcome = await Promise.race([ready.promise, started.ended])
    if (outcome !== 'ready') throw explainStartFailure(filesDir, { program, lines: log.lastLines(), ...outcome })
    watching = watch(started)
  }

  async function launchOnceFree(): Promise<void> {
    const deadline = performance.now() + STILL_IN_USE_MS
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await launch()
      } catch (error) {
        if (!STILL_IN_USE.test((error as Error).message) || performance.now() > deadline) throw error
        if (isFirst)
          logger.warn(
            { atMostMs: STILL_IN_USE_MS },
            'the embedded database was killed and its last processes are still ending: they are waited for'
          )
        await delay(100)
      }
    }
  }

  async function watch(process: OwnedProcess): Promise<void> {
    const { how } = await process.ended
    if (stopping.signal.aborted) return
    logger.error({ how }, 'the embedded database ended by itself: it is started again')
    await relaunch()
  }

  async function relaunch(): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; !stopping.signal.aborted; retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)) {
      try {
        await launch()
        logger.info({}, 'the embedded database is there again')
        return
      } catch (err) {
        logger.error({ err }, 'the embedded database could not be started again: it is tried until it can')
        await delay(retryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
      }
    }
  }

  async function endCurrent(): Promise<void> {
    if (current === null) return
    for (const [signal, deadlineMs] of [
      ['SIGINT', STOP_DEADLINE_MS],
      ['SIGQUIT', HURRY_DEADLINE_MS],
      ['SIGKILL', HURRY_DEADLINE_MS]
    ] as const) {
      current.kill(signal)
      if (await isOverWithin(current.ended, deadlineMs)) return
    }
  }

  return {
    start: launchOnceFree,
    async stop() {
      stopping.abort()
      await endCurrent()
      await watching
    }
  }
}

async function isOverWithin(ended: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const late = new AbortController()
  const isOver = await Promise.race([
    ended.then(() => true),
    delay(deadlineMs, false, { signal: late.signal }).catch(() => false)
  ])
  late.abort()
  return isOver
}
