import { CommanderError } from 'commander'
import { ApplyError } from '../services/set-up/apply-plan.ts'
import { DataDirInUseError } from '../services/database/data-dir-lock.ts'
import { DeclarativeFileError } from '../services/set-up/declarative-file.ts'
import { EmbeddedDatabaseError } from '../services/database/embedded-database.ts'
import { SettingsError } from '../services/set-up/settings.ts'

/** Something an operator can do something about; the message says what. */
export class OperationError extends Error {
  override name = 'OperationError'
}

/** What was asked for is wrong: an option, a file, what the server says of the file. */
export class UsageError extends Error {
  override name = 'UsageError'
}

const FAILED = 1
const BAD_USAGE = 2

/** Tells the operator on stderr and returns the exit code: 1 for a failure, 2 for bad usage or an invalid file. */
export function reportFailure(error: unknown): number {
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE
  if (isBadInput(error)) {
    console.error(error.message)
    return BAD_USAGE
  }
  if (isExpected(error)) console.error(`sluice: ${error.message}`)
  else console.error('sluice: unexpected error', error)
  return FAILED
}

function isBadInput(error: unknown): error is Error {
  return [UsageError, SettingsError, DeclarativeFileError, ApplyError].some((kind) => error instanceof kind)
}

function isExpected(error: unknown): error is Error {
  return [OperationError, DataDirInUseError, EmbeddedDatabaseError].some((kind) => error instanceof kind)
}
