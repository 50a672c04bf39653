import { fixedHeaderProblem, MAX_FIXED_HEADERS } from '../accounts/fixed-headers.ts'
import { baseUrlProblem } from './base-url.ts'
import { SIGN_IN_TERMS } from './declared-credentials.ts'
import { isProxyUrl } from './declared-proxies.ts'
import { EXPIRY_EXPECTED } from './declarative-schema.ts'
import { isPlaceholderSecret } from './placeholder-secrets.ts'
import { groupResource } from '../groups/groups.ts'
import { keyResource } from '../keys/keys.ts'
import { fieldName, instantProblems, mappingProblems, type FieldProblem, type Item, type Path } from '../problems.ts'
import { proxyResource } from '../proxies/proxies.ts'
import { parseProxyUrl, proxyUrlProblem } from '../../platform/network/proxy-url.ts'

type Fields = Record<string, unknown>

/**
 * What the shape of a declarative file cannot say: things named twice, values that contradict themselves, and what
 * depends on the type of an account. Takes the unchecked value, because these problems are reported beside those of the shape;
 * what has the wrong type is passed over here.
 */
export function declarativeProblems(value: unknown): FieldProblem[] {
  const groups = listAt(value, 'groups')
  const proxies = listAt(value, 'proxies')
  const accounts = listAt(value, 'accounts')
  const users = listAt(value, 'users')
  const keys = users.flatMap((user) => listAt(user.value, 'keys', user.path))
  return [
    ...repeated(groups, 'name', 'a group of this name'),
    ...repeated(proxies, 'name', 'a proxy of this name'),
    ...repeated(accounts, 'name', 'an account of this name'),
    ...repeated(users, 'email', 'a user of this e-mail address'),
    ...users.flatMap((user) => repeated(listAt(user.value, 'keys', user.path), 'name', 'a key of this user with this name')),
    ...users.flatMap((user) =>
      repeated(listAt(user.value, 'subscriptions', user.path), 'group', 'a subscription of this user to this group')
    ),
    ...repeated(keys, 'key', 'the same key'),
    ...groups.flatMap((group) => groupResource.problems?.(group) ?? []),
    ...proxies.flatMap((proxy) => proxyResource.problems?.(proxy) ?? []),
    ...accounts.flatMap(accountProblems),
    ...contradictingProxies(accounts),
    ...keys.flatMap((key) => keyResource.problems?.(key) ?? []),
    ...users.flatMap((user) =>
      listAt(user.value, 'subscriptions', user.path).flatMap((item) => instantProblems(item, 'starts_at'))
    )
  ]
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

function accountProblems(item: Item): FieldProblem[] {
  const { path, value } = item
  const { base_url: baseUrl, groups, proxy } = value
  const problems = [
    ...acceptProblems(item),
    ...mappingProblems(item),
    ...credentialsProblems(item),
    ...headersProblems(item),
    ...ownerProblems(item)
  ]
  const urlProblem = typeof baseUrl === 'string' ? baseUrlProblem(baseUrl) : null
  if (urlProblem !== null) problems.push({ path: [...path, 'base_url'], text: urlProblem })
  const proxyProblem = typeof proxy === 'string' && isProxyUrl(proxy) ? proxyUrlProblem(proxy) : null
  if (proxyProblem !== null) problems.push({ path: [...path, 'proxy'], text: proxyProblem })
  if (Array.isArray(groups) && new Set(groups).size < groups.length) {
    problems.push({ path: [...path, 'groups'], text: 'names a group twice' })
  }
  return problems
}

/** A name of Claude's is everybody's to serve; `allowed_models` says who does. */
function acceptProblems({ path, value: { accept } }: Item): FieldProblem[] {
  if (!Array.isArray(accept)) return []
  return accept.flatMap((model: unknown, index) =>
    typeof model === 'string' && /claude/i.test(model)
      ? [
          {
            path: [...path, 'accept', index],
            text: 'is a name of Claude: accept is for other models, allowed_models for these'
          }
        ]
      : []
  )
}

const CREDENTIALS: Record<string, { required: string[]; known: string[] }> = {
  'api-key': { required: ['api_key'], known: ['api_key'] },
  oauth: { required: ['access_token', 'refresh_token'], known: ['access_token', 'refresh_token', 'expires_at'] },
  'setup-token': { required: ['access_token'], known: ['access_token'] }
}
const CREDENTIAL_FIELDS = new Set(Object.values(CREDENTIALS).flatMap(({ known }) => known))

function credentialsProblems({ path: accountPath, value: { type, credentials } }: Item): FieldProblem[] {
  const fields = typeof type === 'string' ? CREDENTIALS[type] : undefined
  if (fields === undefined) return []
  const path = [...accountPath, 'credentials']
  if (credentials === undefined) return type === 'api-key' ? [{ path, text: 'is missing' }] : []
  if (!isFields(credentials)) return []
  const takes = `type ${String(type)} takes ${fields.known.join(', ')}`
  const missing = fields.required.filter((field) => !(field in credentials))
  const foreign = Object.keys(credentials).filter((field) => CREDENTIAL_FIELDS.has(field) && !fields.known.includes(field))
  const secrets = Object.entries(credentials).filter(([field]) => fields.required.includes(field))
  return [
    ...missing.map((field) => ({ path: [...path, field], text: `is missing: ${takes}` })),
    ...foreign.map((field) => ({ path: [...path, field], text: `is for another type of account: ${takes}`, isName: true })),
    ...secrets
      .filter(([, secret]) => typeof secret === 'string' && isPlaceholderSecret(secret))
      .map(([field]) => ({
        path: [...path, field],
        text: 'is a placeholder: give the secret itself, or ${NAME} of a variable'
      })),
    ...(isCount(credentials['expires_at']) ? [] : instantProblems({ path, value: credentials }, 'expires_at', EXPIRY_EXPECTED))
  ]
}

function headersProblems({ path: accountPath, value: { type, headers } }: Item): FieldProblem[] {
  const path = [...accountPath, 'headers']
  if (headers !== undefined && (type === 'oauth' || type === 'setup-token'))
    return [{ path, text: 'is for type api-key only', isName: true }]
  const names = Object.keys(isFields(headers) ? headers : {})
  const seen = new Set<string>()
  const problems = names.flatMap((name) => {
    const text = seen.has(name.toLowerCase()) ? 'repeats a header: name each once' : fixedHeaderProblem(name)
    seen.add(name.toLowerCase())
    return text === null ? [] : [{ path: [...path, name], text, isName: true }]
  })
  return names.length > MAX_FIXED_HEADERS ? [{ path, text: `has more than ${MAX_FIXED_HEADERS} headers` }] : problems
}

function isCount(value: unknown): boolean {
  return typeof value === 'string' && /^\d+$/.test(value)
}

function ownerProblems({ path, value }: Item): FieldProblem[] {
  const { type, owner, shared, auth } = value
  if (type === 'api-key') {
    return ['owner', 'shared', 'header_profile']
      .filter((field) => field in value && value[field] !== false)
      .map((field) => ({ path: [...path, field], text: 'is for sign-ins (types oauth and setup-token) only', isName: true }))
  }
  if (auth !== undefined)
    return [{ path: [...path, 'auth'], text: 'is for type api-key only: a sign-in is a bearer token', isName: true }]
  if ((type !== 'oauth' && type !== 'setup-token') || owner !== undefined || shared === true) return []
  return [
    {
      path: [...path, 'owner'],
      text: `is missing: ${SIGN_IN_TERMS}, so name the user whose it is and whom it is to serve, or set shared: true if you answer for serving others with it`
    }
  ]
}

/** A proxy that is given by its URL is known by that URL without the password, so that two cannot differ in it alone. */
function contradictingProxies(accounts: Item[]): FieldProblem[] {
  const seen = new Map<string, { href: string; path: Path }>()
  return accounts.flatMap(({ path: accountPath, value: { proxy } }) => {
    if (typeof proxy !== 'string' || !isProxyUrl(proxy) || proxyUrlProblem(proxy) !== null) return []
    const path = [...accountPath, 'proxy']
    const { name, href } = parseProxyUrl(proxy)
    const first = seen.get(name) ?? { href, path }
    seen.set(name, first)
    if (first.href === href) return []
    const text = `differs from ${fieldName(first.path)} in its password only: give both a name under proxies, or the same password`
    return [{ path, text }]
  })
}
