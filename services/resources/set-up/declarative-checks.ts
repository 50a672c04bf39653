import { parseProxyUrl, proxyUrlProblem } from '../../platform/network/proxy-url.ts'
import { accountResource } from '../accounts/accounts.ts'
import { groupResource } from '../groups/groups.ts'
import { keyResource } from '../keys/keys.ts'
import { fieldName, instantProblems, isFields, type FieldProblem, type Item, type Path } from '../problems.ts'
import { proxyResource } from '../proxies/proxies.ts'
import { raiseResource } from '../raises/raises.ts'
import { teamResource } from '../teams/teams.ts'
import { serviceProblems } from '../users/users.ts'
import { workloadRuleProblems } from '../workload-rules/problems.ts'
import { isProxyUrl } from './declared-proxies.ts'

/**
 * Problems that the shape of a declarative file does not cover: duplicate names, contradictory values, and what depends on the
 * type of an account. Takes the unchecked value, because these problems are reported beside those of the shape; values of the
 * wrong type are skipped here.
 */
export function declarativeProblems(value: unknown): FieldProblem[] {
  const groups = listAt(value, 'groups')
  const proxies = listAt(value, 'proxies')
  const accounts = listAt(value, 'accounts')
  const users = listAt(value, 'users')
  const rules = listAt(value, 'workload_rules')
  const teams = listAt(value, 'teams')
  const keys = users.flatMap((user) => listAt(user.value, 'keys', user.path))
  return [
    ...repeated(groups, 'name', 'a group of this name'),
    ...repeated(proxies, 'name', 'a proxy of this name'),
    ...repeated(accounts, 'name', 'an account of this name'),
    ...repeated(users, 'email', 'a user of this e-mail address'),
    ...repeated(rules, 'name', 'a workload rule of this name'),
    ...repeated(teams, 'name', 'a team of this name'),
    ...users.flatMap((user) => repeated(listAt(user.value, 'keys', user.path), 'name', 'a key of this user with this name')),
    ...users.flatMap((user) =>
      repeated(listAt(user.value, 'subscriptions', user.path), 'group', 'a subscription of this user to this group')
    ),
    ...repeated(keys, 'key', 'the same key'),
    ...groups.flatMap((group) => groupResource.problems?.(group) ?? []),
    ...proxies.flatMap((proxy) => proxyResource.problems?.(proxy) ?? []),
    ...accounts.flatMap((account) => accountResource.problems?.(account) ?? []),
    ...contradictingProxies(accounts),
    ...users.flatMap(serviceProblems),
    ...rules.flatMap(workloadRuleProblems),
    ...teams.flatMap((team) => teamResource.problems?.(team) ?? []),
    ...teams.flatMap((team) =>
      listAt(team.value, 'raises', team.path).flatMap((raise) => raiseResource.problems?.(raise) ?? [])
    ),
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

/** A proxy given by its URL is identified by that URL without the password, so two cannot differ only in that. */
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
