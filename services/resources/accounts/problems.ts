import { fixedHeaderProblem, MAX_FIXED_HEADERS } from './fixed-headers.ts'
import { proxyUrlProblem } from '../../platform/network/proxy-url.ts'
import { baseUrlProblem } from '../set-up/base-url.ts'
import { SIGN_IN_TERMS } from '../set-up/declared-credentials.ts'
import { isProxyUrl } from '../set-up/declared-proxies.ts'
import { isPlaceholderSecret } from '../set-up/placeholder-secrets.ts'
import { instantProblems, isFields, mappingProblems, type FieldProblem, type Item } from '../problems.ts'
import { EXPIRY_EXPECTED } from './definition.ts'

/** Problems that depend on the type of an account, or on several of its fields. */
export function accountProblems(item: Item): FieldProblem[] {
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

/** Every account may serve Claude's own names; `allowed_models` restricts that. */
function acceptProblems({ path, value: { accept } }: Item): FieldProblem[] {
  if (!Array.isArray(accept)) return []
  return accept.flatMap((model: unknown, index) =>
    typeof model === 'string' && /claude/i.test(model)
      ? [
          {
            path: [...path, 'accept', index],
            text: 'is a name of Claude: name such models in allowed_models instead'
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
      text: `is missing: ${SIGN_IN_TERMS}, so name its owner and whom it is to serve, or set shared: true if you answer for serving others with it`
    }
  ]
}
