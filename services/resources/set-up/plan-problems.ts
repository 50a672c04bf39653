import type { CurrentState } from './apply-states.ts'
import { keyHash, keys as keyDefinition, type Secret } from '../keys/definition.ts'
import type { HostRules } from '../../platform/network/host-rules.ts'
import { accountResource } from '../accounts/accounts.ts'
import type { Values } from '../definition.ts'
import { proxyResource } from '../proxies/proxies.ts'
import type { Resource } from '../resource.ts'
import { workloadRuleResource } from '../workload-rules/workload-rules.ts'
import { isProxyUrl } from './declared-proxies.ts'
import { declaredRaises, type DeclaredRaise } from './declared-raises.ts'
import { obstacleToKey, teamsAfter } from './declared-teams.ts'
import type { Desired } from './declarative-schema.ts'
import { knownUsers } from './known-users.ts'

/** Why a valid file cannot be applied to this database: one line each. */
export function planProblems(
  current: CurrentState,
  desired: Desired,
  { prune, hosts, now }: { prune: boolean; hosts: HostRules; now: number }
): string[] {
  const problems = [
    ...missingGroups(current, desired),
    ...missingProxies(current, desired),
    ...missingOwners(current, desired),
    ...missingUsers(current, desired),
    ...missingTeams(current, desired),
    ...wrongRaises(declaredRaises(current, desired, { prune, now })),
    ...changedTypes(current, desired),
    ...takenKeys(current, desired),
    ...forbiddenHosts(desired, hosts)
  ]
  if (
    prune &&
    [desired.groups, desired.accounts, desired.users, desired.workload_rules, desired.teams].every(
      (list) => (list ?? []).length === 0
    )
  ) {
    problems.push('the file names nothing: pruning would disable everything')
  }
  return problems
}

function forbiddenHosts({ accounts = [], proxies = [], workload_rules: rules = [] }: Desired, hosts: HostRules): string[] {
  const problems = (list: string, resource: Pick<Resource, 'hostsOf'>, entries: readonly Values[]) =>
    entries.flatMap((entry, index) =>
      (resource.hostsOf?.(entry) ?? []).flatMap(({ field, host }) => {
        const text = hosts.problemOf(host)
        return text === null ? [] : [`${list}[${index}].${field}: ${host} ${text}`]
      })
    )
  return [
    ...problems('accounts', accountResource, accounts),
    ...problems('proxies', proxyResource, proxies),
    ...problems('workload_rules', workloadRuleResource, rules)
  ]
}

/** The groups that a file refers to, each with the fields that do. */
export function groupReferences({ accounts = [], users = [], workload_rules: rules = [] }: Desired): Map<string, string[]> {
  const references = new Map<string, string[]>()
  const refer = (group: string, field: string) => {
    const fields = references.get(group)
    if (fields === undefined) references.set(group, [field])
    else fields.push(field)
  }
  for (const [index, { groups = ['default'] }] of accounts.entries()) {
    for (const group of groups) refer(group, `accounts[${index}].groups`)
  }
  for (const [index, { keys = [], subscriptions = [] }] of users.entries()) {
    for (const [at, { group = 'default' }] of keys.entries()) refer(group, `users[${index}].keys[${at}].group`)
    for (const [at, { group }] of subscriptions.entries()) refer(group, `users[${index}].subscriptions[${at}].group`)
  }
  for (const [index, { group = 'default' }] of rules.entries()) refer(group, `workload_rules[${index}].group`)
  return references
}

function missingGroups(current: CurrentState, desired: Desired): string[] {
  const kinds = new Map<string, string>([
    ...current.groups.map(({ state }): [string, string] => [String(state['name']), String(state['kind'])]),
    ...(desired.groups ?? []).map(({ name, kind }): [string, string] => [name, kind])
  ])
  return [...groupReferences(desired)].flatMap(([group, fields]) =>
    fields.flatMap((field) => {
      const kind = kinds.get(group)
      if (kind === undefined) return [`${field}: there is no group ${group}, neither in the file nor in the database`]
      if (kind !== 'subscription' && field.includes('subscriptions')) {
        return [`${field}: group ${group} is of kind ${kind}, not subscription`]
      }
      return []
    })
  )
}

function missingProxies(current: CurrentState, { proxies = [], accounts = [] }: Desired): string[] {
  const known = new Set([...current.proxies.map(({ state }) => String(state['name'])), ...proxies.map(({ name }) => name)])
  return accounts.flatMap(({ proxy }, index) =>
    proxy === undefined || isProxyUrl(proxy) || known.has(proxy)
      ? []
      : [
          `accounts[${index}].proxy: there is no proxy ${proxy}, neither in the file nor in the database (a URL begins like http://)`
        ]
  )
}

function missingOwners(current: CurrentState, desired: Desired): string[] {
  const known = knownUsers(current, desired)
  const missing = (list: string, entries: readonly { owner?: string }[]) =>
    entries.flatMap(({ owner }, index) =>
      owner === undefined || known.has(owner.toLowerCase())
        ? []
        : [`${list}[${index}].owner: there is no user ${owner}, neither in the file nor in the database`]
    )
  return [...missing('accounts', desired.accounts ?? []), ...missing('users', desired.users ?? [])]
}

function missingUsers(current: CurrentState, desired: Desired): string[] {
  const known = knownUsers(current, desired)
  const missing = (field: string, user: string) =>
    known.has(user.toLowerCase()) ? [] : [`${field}: there is no user ${user}, neither in the file nor in the database`]
  return [
    ...(desired.workload_rules ?? []).flatMap(({ user }, index) => missing(`workload_rules[${index}].user`, user)),
    ...(desired.teams ?? []).flatMap(({ members = [] }, index) =>
      members.flatMap(({ user }, at) => missing(`teams[${index}].members[${at}].user`, user))
    )
  ]
}

const wrongRaises = (raises: readonly DeclaredRaise[]): string[] =>
  raises.flatMap(({ field, obstacle }) => {
    if (obstacle === null || !obstacle.isWrong) return []
    return [`${[field, ...(obstacle.by === null ? [] : [obstacle.by])].join('.')}: ${obstacle.why}`]
  })

function missingTeams(current: CurrentState, desired: Desired): string[] {
  const teams = teamsAfter(current, desired)
  return (desired.users ?? []).flatMap(({ email, keys = [] }, index) =>
    keys.flatMap(({ team }, at) => {
      const obstacle = team === undefined ? null : obstacleToKey(teams, email, team)
      return obstacle?.isWrong ? [`users[${index}].keys[${at}].team: ${obstacle.why}`] : []
    })
  )
}

/** What is stored for one type is useless for another. */
function changedTypes(current: CurrentState, { accounts = [] }: Desired): string[] {
  const known = new Map(current.accounts.map(({ state }) => [state.name, state]))
  return accounts.flatMap(({ name, type, credentials }, index) => {
    const stored = known.get(name)
    return stored === undefined || stored.type === type || credentials !== undefined
      ? []
      : [`accounts[${index}].type: account ${name} is of type ${stored.type}: to change that, give it new credentials`]
  })
}

function takenKeys(current: CurrentState, { users = [] }: Desired): string[] {
  const owners = new Map(current.keys.map(({ state }) => [keyHash(state['key'] as Secret), state]))
  return users.flatMap(({ email, keys = [] }, index) =>
    keys.flatMap(({ key }, at) => {
      const owner = key === undefined ? undefined : owners.get(keyHash(key))
      if (owner === undefined || owner['user'] === email) return []
      return [`users[${index}].keys[${at}].key is already the key ${keyDefinition.nameOf(owner)}: a key has one owner`]
    })
  )
}
