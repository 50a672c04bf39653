/** Where what Postgres says goes. */
export interface PostgresLogger {
  debug: (fields: object, message: string) => void
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
  error: (fields: object, message: string) => void
}

type Level = keyof PostgresLogger

const KEPT_LINES = 20
/** `client backend|ERROR:  division by zero`: see log_line_prefix among the settings. */
const LINE = /^([a-z][a-z ]*)\|([A-Z]+)\d?:\s+(.*)$/

/**
 * The level of a message of Postgres in our log. What a client's statement did wrong its client is told; what Postgres says of
 * itself is news while it serves, and expected while it starts and stops.
 */
export function levelOf(speaker: string, severity: string, isServing: boolean): Level {
  if (!isServing) return 'debug'
  switch (severity) {
    case 'PANIC':
      return 'error'
    case 'ERROR':
      return speaker === 'client backend' ? 'debug' : 'error'
    // A connection that was ended.
    case 'FATAL':
      return speaker === 'client backend' ? 'info' : 'error'
    case 'WARNING':
      return speaker === 'client backend' ? 'debug' : 'warn'
    case 'LOG':
      return 'info'
    default:
      return 'debug'
  }
}

interface PostgresLog {
  /** Takes what was written to stderr, cut anywhere. */
  push: (chunk: string) => void
  /** The last lines, as they came. */
  lastLines: () => string[]
}

/** Passes the lines of one Postgres on to our log; `onMessage` hears each as it comes. */
export function createPostgresLog(
  logger: PostgresLogger,
  isServing: () => boolean,
  onMessage: (message: string) => void = () => {}
): PostgresLog {
  const kept: string[] = []
  let rest = ''

  function take(line: string): void {
    if (line === '') return
    kept.push(line)
    if (kept.length > KEPT_LINES) kept.shift()
    const [, speaker = '', severity = '', message = line] = LINE.exec(line) ?? []
    const fields = speaker === '' ? {} : { postgres: speaker, severity }
    logger[levelOf(speaker, severity, isServing())](fields, `the embedded database: ${message}`)
    onMessage(message)
  }

  return {
    push(chunk) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(line.trimEnd())
    },
    lastLines: () => (rest === '' ? [...kept] : [...kept, rest])
  }
}
