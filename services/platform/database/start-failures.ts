import { EmbeddedDatabaseError } from './embedded-database-error.ts'

export interface StartFailure {
  /** What was started, and what it wrote. */
  program: string
  lines: readonly string[]
  /** How it ended. */
  how: string
  code: number | null
  error: NodeJS.ErrnoException | null
}

const DISK_FULL = /No space left on device|Disk quota exceeded/i
const NOT_FOR_THIS_SYSTEM =
  /error while loading shared libraries|failed to execute|cannot execute|Exec format error|Library not loaded/
const OLD_FILES = /incompatible with server/

/** One sentence that says what is wrong and what to do. `place` is the folder of the files. */
export function explainStartFailure(place: string, { program, lines, how, code, error }: StartFailure): EmbeddedDatabaseError {
  const text = lines.join('\n')
  const said = text === '' ? how : (lastComplaint(lines) ?? lines.at(-1) ?? how)
  const isBlocked = /^unshare: /m.test(text) && !NOT_FOR_THIS_SYSTEM.test(text)
  if (isBlocked || (error?.code === 'ENOENT' && program === 'unshare')) {
    return new EmbeddedDatabaseError(
      `Postgres does not run as root, and this system does not let root give it another user (${said}): run Sluice as another user, or set DATABASE_URL`
    )
  }
  if (error !== null || code === 127 || NOT_FOR_THIS_SYSTEM.test(text)) {
    return new EmbeddedDatabaseError(
      `The Postgres that comes with Sluice does not run on this system (${said}): set DATABASE_URL to a Postgres`
    )
  }
  if (DISK_FULL.test(text)) return diskFull(place)
  if (OLD_FILES.test(text))
    return new EmbeddedDatabaseError(
      `The folder ${place} is of the embedded database of earlier versions, which this one cannot read: go on with that version, or move the folder away to begin with an empty database`
    )
  return new EmbeddedDatabaseError(`The embedded database in ${place} cannot be started: ${said}`)
}

export const diskFull = (place: string) =>
  new EmbeddedDatabaseError(
    `There is no room on the disk for the database in ${place}: free some, or set DATA_DIR to a folder that has it`
  )

/** What Postgres or initdb gives as the reason. */
function lastComplaint(lines: readonly string[]): string | undefined {
  const complaints = lines.flatMap((line) => /(?:FATAL|PANIC|ERROR|error|fatal):\s+(.*)$/.exec(line)?.[1] ?? [])
  return complaints[0]
}
