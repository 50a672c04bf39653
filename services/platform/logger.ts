import { pino, type DestinationStream, type Logger } from 'pino'
import { loggedError, wordsOf } from './error-words.ts'

/** Of `err`, whatever was thrown. */
const thrown = (value: unknown) => (value === undefined || value === null ? value : loggedError(value))
/** Of other names that may have an error, or words. */
const serialize = (value: unknown) => (value instanceof Error ? loggedError(value) : value)

/** The one logger of a process. An error is logged by a list of its fields, whoever threw it and whichever name it has in the line. */
export function createLogger(level: string, destination: DestinationStream = pino.destination(1)): Logger {
  return pino(
    {
      level,
      serializers: { err: thrown, error: serialize, cause: serialize, reason: serialize },
      hooks: {
        /** Libraries may log an error alone: pino would take its message as it is. */
        logMethod(args, method) {
          const [first] = args as unknown[]
          if (first instanceof Error)
            method.apply(this, [{ err: first }, typeof args[1] === 'string' ? args[1] : wordsOf(first)])
          else method.apply(this, args)
        }
      }
    },
    destination
  )
}
