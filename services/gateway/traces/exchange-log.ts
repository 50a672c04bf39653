import type { ExchangeNote } from '../../money/journal/journal-lines.ts'
import { pino } from 'pino'

/** The part of a logger used here; pino's has more, which saves parsing each line. */
export interface ExchangeLogger {
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
}

type LoggedNote = Pick<ExchangeNote, 'level' | 'endedAt' | 'summary'>

interface PinoInside {
  isLevelEnabled: (level: string) => boolean
  levels: { values: Record<string, number> }
  [pino.symbols.streamSym]: { write: (line: string) => void }
  [pino.symbols.chindingsSym]: string
}

/** Writes exchanges into the log, each with the time of its end. */
export function createExchangeLog(logger: ExchangeLogger): (notes: readonly LoggedNote[]) => void {
  return isPino(logger) ? intoStreamOf(logger) : (notes) => notes.forEach((note) => tell(logger, note))
}

const tell = (logger: ExchangeLogger, { level, summary }: LoggedNote) =>
  logger[level](JSON.parse(summary) as object, 'exchange')

const isPino = (logger: object): logger is PinoInside => pino.symbols.streamSym in logger && 'isLevelEnabled' in logger

/** The summary already is JSON: converting it to an object and back would cost more than everything else. */
function intoStreamOf(logger: PinoInside): (notes: readonly LoggedNote[]) => void {
  const bindings = logger[pino.symbols.chindingsSym]
  const stream = logger[pino.symbols.streamSym]
  const { values } = logger.levels
  return (notes) => {
    for (const { level, endedAt, summary } of notes) {
      if (!logger.isLevelEnabled(level)) continue
      stream.write(`{"level":${values[level]},"time":${endedAt}${bindings},${summary.slice(1, -1)},"msg":"exchange"}\n`)
    }
  }
}
