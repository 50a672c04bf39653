import { isPrivateHost } from '../../platform/network/host-rules.ts'
import { isFields, type FieldProblem, type Item } from '../problems.ts'
import { wholeUrl } from '../set-up/base-url.ts'

/** What is wrong with an issuer, as the end of a sentence that begins with its name; null when nothing is. */
export function issuerProblem(text: string): string | null {
  const url = wholeUrl(text, ['http:', 'https:'])
  if (url === null) return 'must be an https:// URL, e.g. https://token.actions.githubusercontent.com'
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (/[?#]/.test(text)) return 'must not have a query or a fragment'
  if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
    return 'must be an https:// URL: http:// is for localhost and addresses of private networks'
  }
  return null
}

/**
 * Issuers that sign tokens for everybody, and the claims that say whose job it is. A rule without any of these would let in
 * anybody with an account there.
 */
const SHARED_ISSUERS: Readonly<Record<string, readonly string[]>> = {
  'https://token.actions.githubusercontent.com': [
    'repository',
    'repository_id',
    'repository_owner',
    'repository_owner_id',
    'enterprise',
    'enterprise_id',
    'sub'
  ],
  'https://gitlab.com': ['project_path', 'project_id', 'namespace_path', 'namespace_id', 'sub']
}

/** Whether a value determines the owner: the whole name, or all of it before the first slash, as `acme/*` does. */
const namesOwner = (value: unknown) => typeof value === 'string' && /^[^*]+(?:$|\/)/.test(value)

/** Problems that the shape of a rule does not cover. */
export function workloadRuleProblems({ path, value }: Item): FieldProblem[] {
  const { issuer, conditions } = value
  const problems: FieldProblem[] = []
  const problem = typeof issuer === 'string' ? issuerProblem(issuer) : null
  if (problem !== null) problems.push({ path: [...path, 'issuer'], text: problem })
  if (!isFields(conditions)) return problems
  const given = Object.entries(conditions)
  const unnamed = given.find(([claim]) => !/^[^\s\p{Cc}]{1,200}$/u.test(claim))
  if (unnamed !== undefined) problems.push({ path: [...path, 'conditions', unnamed[0]], text: 'is not the name of a claim' })
  if (given.length > 0 && given.every(([, pattern]) => typeof pattern === 'string' && /^\*+$/.test(pattern))) {
    problems.push({ path: [...path, 'conditions'], text: 'must ask for more than *, which is anything' })
  }
  const claims = typeof issuer === 'string' ? SHARED_ISSUERS[issuer] : undefined
  if (claims !== undefined && !claims.some((claim) => namesOwner(conditions[claim]))) {
    const text = `must say whose jobs they are, since ${String(issuer)} signs for everybody: ${claims.join(', ')} (acme/* is all of acme’s)`
    problems.push({ path: [...path, 'conditions'], text })
  }
  return problems
}
