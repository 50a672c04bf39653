import { fieldName, type FieldProblem, type Path } from '../problems.ts'
import { declarativeProblems } from './declarative-checks.ts'
import { DeclarativeFile, type Desired, type DesiredAccount } from './declarative-schema.ts'
import { shapeProblems } from './shape-problems.ts'
import { readYamlSource, type YamlSource } from './yaml-source.ts'
import { ProblemsError } from './problems-error.ts'

interface DeclarativeFileOptions {
  /** How problems name the file. */
  fileName: string
  /**
   * The variables for `${NAME}` in string values. Null leaves them as they are: for text from outside this machine, which must
   * not read this process's environment.
   */
  variables: Readonly<Record<string, string | undefined>> | null
}

/** Everything that is wrong with a declarative file, one line each: `sluice.yaml:12:7 accounts[0].name is missing`. */
export class DeclarativeFileError extends ProblemsError {}

/** Numbers kept as their digits: amounts, and `expires_at` when it is in seconds or milliseconds. */
const DIGIT_FIELDS = [
  'rate_multiplier',
  'daily_limit_usd',
  'weekly_limit_usd',
  'monthly_limit_usd',
  'balance_usd',
  'daily',
  'weekly',
  'monthly',
  'total',
  'amount_usd',
  'key_spend_usd',
  'session_spend_usd',
  'agent_spend_usd',
  'expires_at'
]

/** Its content is not interpreted: JSON that Sluice does not define. */
const isManaged = ([list, , field, ...inner]: Path) => list === 'groups' && field === 'managed_settings' && inner.length > 0

/** Reads and checks a declarative file without a database. Throws DeclarativeFileError naming all problems. */
export function parseDeclarativeFile(text: string, { fileName, variables }: DeclarativeFileOptions): Desired {
  const source = readYamlSource(text, {
    variables,
    isDecimal: (path) => DIGIT_FIELDS.includes(String(path.at(-1))) && !isManaged(path),
    // Elsewhere a field without a value has its default, but there is no default for a mapped model or a header.
    keepsEmpty: (path) => ['model_mapping', 'headers'].includes(String(path.at(-2))) || isManaged(path)
  })
  const problems = [...source.problems, ...fieldProblems(source)].toSorted((a, b) => a.offset - b.offset)
  if (problems.length > 0) {
    throw new DeclarativeFileError(
      problems.map(({ offset, text }) => {
        const { line, column } = source.positionOf(offset)
        return `${fileName}:${line}:${column} ${text}`
      })
    )
  }
  return withLowerCaseEmails(source.value as Desired)
}

function fieldProblems(source: YamlSource): { offset: number; text: string }[] {
  if (source.value === null) {
    return source.problems.length > 0
      ? []
      : [
          {
            offset: 0,
            text: 'the file is empty: it must be a mapping with groups, proxies, accounts, users, workload_rules and teams'
          }
        ]
  }
  // A field whose value could not be read (a variable is missing) already has its problem.
  const unreadable = new Set(source.problems.map((problem) => problem.offset))
  const problems: FieldProblem[] = [...declarativeProblems(source.value)]
  const explained = new Set(problems.map((problem) => JSON.stringify(problem.covers ?? problem.path)))
  problems.push(...shapeProblems(DeclarativeFile, source.value).filter((problem) => !isExplained(problem.path, explained)))
  return problems
    .map(({ path, text, isName }) => ({
      offset: isName === true ? source.keyOffsetAt(path) : source.offsetAt(path),
      text: path.length === 0 ? `the file ${text}` : `${fieldName(path)} ${text}`
    }))
    .filter((problem) => !unreadable.has(problem.offset))
}

function isExplained(path: Path, explained: ReadonlySet<string>): boolean {
  return path.some((_, index) => explained.has(JSON.stringify(path.slice(0, index + 1))))
}

function withLowerCaseEmails({ users, accounts, ...rest }: Desired): Desired {
  return {
    ...rest,
    ...(accounts === undefined ? {} : { accounts: accounts.map(withLowerCaseOwner) }),
    ...(users === undefined ? {} : { users: users.map((user) => ({ ...user, email: user.email.toLowerCase() })) })
  }
}

function withLowerCaseOwner(account: DesiredAccount): DesiredAccount {
  return account.owner === undefined ? account : { ...account, owner: account.owner.toLowerCase() }
}
