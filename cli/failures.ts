import { CommanderError } from 'commander'
import { withoutSecrets, wordsOf } from '../services/platform/error-words.ts'
import { printable } from './printable.ts'
import { NamedError } from '../services/platform/named-error.ts'

/** Something an operator can do something about; the message says what. */
export class OperationError extends NamedError {}

/** What was asked for is wrong: an option, a file, what the server says of the file. */
export class UsageError extends NamedError {}

/** What was looked at differs, or is not as it should be: that is the answer, and no failure. */
export class NegativeAnswer extends NamedError {}

/** Somebody pressed Ctrl-C at a question. */
export class Interrupted extends NamedError {}

const EXIT = {
  /** As diff and its like have it: a script that takes 1 for a difference must not take a failure for one. */
  negative: 1,
  badUsage: 2,
  failed: 3,
  /** As a shell has it of a program that SIGINT ended, and one that SIGPIPE did. */
  interrupted: 130,
  unread: 141
}

/**
 * Tells the operator on stderr and returns the exit code: 1 for a negative answer, 2 for bad usage or an invalid file, 3 for a failure,
 * 130 for Ctrl-C at a question, 141 without a word where nobody reads the output any more, such as behind `head`.
 */
export function reportFailure(error: unknown): number {
  if (isUnread(error)) return EXIT.unread
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.badUsage
  if (isOneOf(error, BAD_INPUT)) {
    console.error(error.message)
    return EXIT.badUsage
  }
  if (error instanceof NegativeAnswer) {
    console.error(`sluice: ${withoutSecrets(error.message)}`)
    return EXIT.negative
  }
  if (error instanceof Interrupted) {
    console.error(`sluice: ${error.message}`)
    return EXIT.interrupted
  }
  if (isOneOf(error, EXPECTED)) console.error(`sluice: ${withoutSecrets(error.message)}`)
  else console.error(`sluice: unexpected error: ${printable(wordsOf(error))}`)
  return EXIT.failed
}

/** By name: the modules that some of them come from take longer to load than most commands to run. */
const BAD_INPUT = new Set(['UsageError', 'SettingsError', 'DeclarativeFileError', 'ApplyError'])
const EXPECTED = new Set(['OperationError', 'DataDirInUseError', 'EmbeddedDatabaseError', 'MigrationError'])

const isUnread = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'EPIPE' && 'syscall' in error && error.syscall === 'write'

const isOneOf = (error: unknown, names: ReadonlySet<string>): error is Error => error instanceof Error && names.has(error.name)
