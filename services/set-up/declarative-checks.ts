import { baseUrlProblem } from './base-url.ts'
import { isPlaceholderSecret } from './placeholder-secrets.ts'
import type { Path } from './yaml-source.ts'

export interface FieldProblem {
  path: Path
  /** The rest of a sentence that begins with the field's name. */
  text: string
  /** The problem is with the name of the field rather than with its value. */
  isName?: boolean
  /** Where other problems only follow from this one; the field itself when left out. */
  covers?: Path
}

type Fields = Record<string, unknown>

/**
 * What the shape of a declarative file cannot say: things named twice, values that contradict themselves, and parts of the
 * format that this release doesn't serve. Takes the unchecked value, because these problems are reported beside those of the
 * shape; what has the wrong type is passed over here.
 */
export function declarativeProblems(value: unknown): FieldProblem[] {
  const groups = listAt(value, 'groups')
  const accounts = listAt(value, 'accounts')
  const users = listAt(value, 'users')
  const keys = users.flatMap((user) => listAt(user.value, 'keys', user.path))
  return [
    ...repeated(groups, 'name', 'a group of this name'),
    ...repeated(accounts, 'name', 'an account of this name'),
    ...repeated(users, 'email', 'a user of this e-mail address'),
    ...users.flatMap((user) => repeated(listAt(user.value, 'keys', user.path), 'name', 'a key of this user with this name')),
    ...users.flatMap((user) =>
      repeated(listAt(user.value, 'subscriptions', user.path), 'group', 'a subscription of this user to this group')
    ),
    ...repeated(keys, 'key', 'the same key'),
    ...groups.flatMap(groupProblems),
    ...accounts.flatMap(accountProblems),
    ...keys.flatMap(keyProblems),
    ...users.flatMap((user) =>
      listAt(user.value, 'subscriptions', user.path).flatMap((item) => instantProblems(item, 'starts_at'))
    )
  ]
}

interface Item {
  path: Path
  value: Fields
}

function listAt(parent: unknown, field: string, parentPath: Path = []): Item[] {
  const list = isFields(parent) ? parent[field] : undefined
  if (!Array.isArray(list)) return []
  return list.flatMap((value: unknown, index) => (isFields(value) ? [{ path: [...parentPath, field, index], value }] : []))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function repeated(items: Item[], field: string, what: string): FieldProblem[] {
  const seen = new Set<string>()
  return items.flatMap(({ path, value }) => {
    const text = value[field]
    if (typeof text !== 'string') return []
    const identity = field === 'email' ? text.toLowerCase() : text
    if (seen.has(identity)) return [{ path: [...path, field], text: `repeats ${what}: name each once` }]
    seen.add(identity)
    return []
  })
}

function groupProblems({ path, value }: Item): FieldProblem[] {
  const zone = value['time_zone']
  if (typeof zone !== 'string' || isTimeZone(zone)) return []
  return [{ path: [...path, 'time_zone'], text: 'must be a time zone such as Europe/Berlin' }]
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function accountProblems({ path, value }: Item): FieldProblem[] {
  const { type, base_url: baseUrl, credentials, groups, model_mapping: mapping } = value
  if (type === 'oauth' || type === 'setup-token') {
    return [{ path: [...path, 'type'], text: `is ${type}: account type ${type} is not supported yet`, covers: path }]
  }
  const problems: FieldProblem[] = []
  for (const field of ['proxy', 'owner']) {
    if (field in value) problems.push({ path: [...path, field], text: 'is not supported yet: leave it out' })
  }
  if (value['shared'] === true) problems.push({ path: [...path, 'shared'], text: 'is not supported yet: leave it out' })
  const urlProblem = typeof baseUrl === 'string' ? baseUrlProblem(baseUrl) : null
  if (urlProblem !== null) problems.push({ path: [...path, 'base_url'], text: urlProblem })
  const apiKey = isFields(credentials) ? credentials['api_key'] : undefined
  if (typeof apiKey === 'string' && isPlaceholderSecret(apiKey)) {
    problems.push({
      path: [...path, 'credentials', 'api_key'],
      text: 'is a placeholder: give the key itself, or ${NAME} of a variable'
    })
  }
  if (Array.isArray(groups) && new Set(groups).size < groups.length) {
    problems.push({ path: [...path, 'groups'], text: 'names a group twice' })
  }
  for (const model of isFields(mapping) ? Object.keys(mapping) : []) {
    if (!/^[^\s\p{Cc}]{1,200}$/u.test(model)) {
      problems.push({ path: [...path, 'model_mapping', model], text: 'is not the name of a model' })
    }
  }
  return problems
}

function keyProblems(item: Item): FieldProblem[] {
  const { key } = item.value
  const problems = instantProblems(item, 'expires_at')
  if (typeof key === 'string' && isPlaceholderSecret(key)) {
    problems.push({ path: [...item.path, 'key'], text: 'is a placeholder: leave it out and one is generated' })
  }
  return problems
}

function instantProblems({ path, value }: Item, field: string): FieldProblem[] {
  const text = value[field]
  if (typeof text !== 'string' || isRealDate(text)) return []
  return [{ path: [...path, field], text: 'must be a time such as 2026-12-31T23:59:59Z' }]
}

/** Date.parse takes 30 February for 2 March. */
function isRealDate(text: string): boolean {
  const day = text.slice(0, 10)
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) && !Number.isNaN(Date.parse(text))
}
