/**
 * An error as the log has it. Nothing else of it is: what libraries put on their errors for a debugger is often a secret, such as the
 * arguments of a Redis command (the password of HELLO), the input of a URL that cannot be parsed, or a provider's whole response.
 */
export interface LoggedError {
  type: string
  message: string
  /** Where it was thrown; without the message, which V8 repeats in front. */
  stack?: string
  cause?: LoggedError
  /** Of an AggregateError. */
  errors?: LoggedError[]
  [field: string]: unknown
}

/** Short facts that no library fills with what it was given. Others join this list only after a look at who writes them. */
const FACTS = [
  'code',
  'errno',
  'syscall',
  'address',
  'port',
  'hostname',
  'path',
  'signal',
  'statusCode',
  'status',
  // Of Postgres; not `detail`, `where` and `internalQuery`, which quote rows and statements.
  'severity',
  'schema',
  'table',
  'column',
  'constraint',
  'routine'
] as const

const MAX_DEPTH = 5
const MAX_ERRORS = 8
const MAX_MESSAGE_LENGTH = 2000

/** For pino's `err`, and whatever else writes an error down. What is no error is only said to be none. */
export function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: wordsOf(error) }
  const { cause } = error
  const nested = (inner: unknown) => loggedError(inner, depth + 1)
  // A cluster's client keeps there why its nodes failed.
  const inner = cause ?? (error as { lastNodeError?: unknown }).lastNodeError
  return {
    type: error.name,
    message: wordsOf(error),
    ...factsOf(error),
    ...(typeof error.stack === 'string' ? { stack: framesOf(error) } : {}),
    ...(inner instanceof Error && depth < MAX_DEPTH ? { cause: nested(inner) } : {}),
    ...(error instanceof AggregateError && depth < MAX_DEPTH ? { errors: error.errors.slice(0, MAX_ERRORS).map(nested) } : {})
  }
}

function factsOf(error: Error): Record<string, string | number> {
  const facts: Record<string, string | number> = {}
  for (const name of FACTS) {
    const value = (error as unknown as Record<string, unknown>)[name]
    if (typeof value === 'number') facts[name] = value
    if (typeof value === 'string') facts[name] = withoutSecrets(value)
  }
  return facts
}

/** Of the frames alone: what V8 writes above them is the message again, as the library worded it. */
function framesOf({ stack = '', message }: Error): string {
  const below = stack.slice(stack.indexOf(message) + message.length)
  return below
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}

/**
 * The words of an error, for the log, an operator or the terminal; its code where it has none, as when none of a host's addresses
 * answers. What was thrown and is no Error is not repeated.
 */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown'
  return withoutSecrets(error.message || ((error as NodeJS.ErrnoException).code ?? error.name))
}

/** Old Redis servers and such as have renamed a command repeat its arguments: `AUTH` has the password there. */
const ECHOED_ARGUMENTS = /,? with args beginning with:.*/is

/** A text without the user names, passwords and queries of the URLs in it. */
export function withoutSecrets(text: string): string {
  return text
    .replace(ECHOED_ARGUMENTS, '')
    .replace(/\S*[:?#]\S*/g, bareWord)
    .slice(0, MAX_MESSAGE_LENGTH)
}

/** A password may have anything in it, also what ends a host or a quotation: so all up to the last @ goes, wherever its colon is. */
function bareWord(word: string): string {
  const [scheme = ''] = /^[^:]{0,100}:\/\//.exec(word) ?? []
  const at = word.lastIndexOf('@')
  const secretAt = word.indexOf(':', scheme.length)
  const isLogin = at > 0 && ((secretAt >= 0 && secretAt < at) || scheme !== '')
  const plain = isLogin ? `${scheme === '' ? '***@' : scheme}${word.slice(at + 1)}` : word
  return scheme === '' ? plain : plain.replace(/[?#].*$/, '')
}
