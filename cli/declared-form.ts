import type { Desired } from '../services/resources/set-up/declarative-schema.ts'
import { accounts as accountDefinition } from '../services/resources/accounts/definition.ts'
import { declaredFields, type Definition, type Values } from '../services/resources/definition.ts'
import { groups as groupDefinition } from '../services/resources/groups/definition.ts'
import { keys as keyDefinition } from '../services/resources/keys/definition.ts'
import { raises as raiseDefinition } from '../services/resources/raises/definition.ts'
import { isDerivedState } from '../services/resources/state-at.ts'
import { subscriptions as subscriptionDefinition } from '../services/resources/subscriptions/definition.ts'
import { users as userDefinition } from '../services/resources/users/definition.ts'
import { teams as teamDefinition } from '../services/resources/teams/definition.ts'
import { proxies as proxyDefinition } from '../services/resources/proxies/definition.ts'
import { workloadRules as workloadRuleDefinition } from '../services/resources/workload-rules/definition.ts'

/** What the admin API lists, as far as it is described. Null is what the file leaves out. */
export interface Found {
  groups: Values[]
  proxies: Values[]
  accounts: Values[]
  users: Values[]
  keys: Values[]
  subscriptions: Values[]
  workloadRules: Values[]
  teams: Values[]
  raises: Values[]
}

export interface Description {
  file: Desired
  /** The environment variables that the file names, for secrets that nobody may read. */
  variables: string[]
  /** What a declarative file cannot say. */
  warnings: string[]
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The declarative file that finds everything as it is at `now`, epoch milliseconds. */
export function describe(found: Found, now: number): Description {
  const { groups, proxies, accounts, users, keys, subscriptions, workloadRules, teams, raises } = found
  const variables = createVariables()
  const warnings: string[] = []
  const file = {
    groups: groups.map((group) => entryOf(groupDefinition, group, variables)),
    proxies: proxies.filter(({ name }) => !isUrl(String(name))).map((proxy) => entryOf(proxyDefinition, proxy, variables)),
    accounts: accounts.map((account) => accountOf(account, variables)),
    users: users.map((user) => ({
      ...entryOf(userDefinition, user, variables),
      keys: keys
        .filter((key) => key['user_email'] === user['email'] && key['status'] !== 'revoked' && isByHand(key))
        .flatMap((key) => keyOf(key, teams, variables, warnings)),
      subscriptions: subscriptions
        .filter((subscription) => subscription['user_email'] === user['email'])
        .flatMap((subscription) => subscriptionOf(subscription, variables, warnings))
    })),
    workload_rules: workloadRules.map((rule) => entryOf(workloadRuleDefinition, rule, variables)),
    teams: teams.map((team) => ({
      ...entryOf(teamDefinition, team, variables),
      members: (team['members'] as Values[]).map(memberEntry),
      raises: raises
        .filter((raise) => raise['team'] === team['name'] && isInForce(raise, now))
        .flatMap((raise) => raiseOf(raise, team as unknown as FoundTeam, variables, warnings))
    }))
  }
  return { file: file as unknown as Desired, variables: variables.all(), warnings }
}

type Limits = Record<string, string | null>
interface FoundTeam {
  name: string
  members: { user: string; limits: Limits }[]
}

const memberOf = ({ members }: FoundTeam, email: unknown) => members.find(({ user }) => user === email)

/** A key stays in a team whose lead takes its owner out. No file can say that, since it is refused. */
function keyOf(key: Values, teams: readonly Values[], variables: Variables, warnings: string[]): Values[] {
  const team = teams.find(({ name }) => name === key['team'])
  if (team === undefined || memberOf(team as unknown as FoundTeam, key['user_email']) !== undefined)
    return [entryOf(keyDefinition, asGiven(key), variables)]
  warnings.push(`key ${keyDefinition.nameOf(key)} is left out: its owner is not a member of team ${String(team['name'])}`)
  return []
}

/** The limit may have been taken away since. */
function raiseOf(raise: Values, team: FoundTeam, variables: Variables, warnings: string[]): Values[] {
  const { user, period } = raise as { user: string | null; period: string }
  const limits = memberOf(team, user)?.limits
  const limit = user === null ? (team as unknown as Limits)[`${period}_limit_usd`] : limits?.[period]
  if ((limit ?? null) !== null) return [entryOf(raiseDefinition, raise, variables)]
  warnings.push(`raise ${raiseDefinition.nameOf(raise)} is left out: there is no such limit any more`)
  return []
}

/** What is over would raise nothing. */
const isInForce = ({ ended_at: endedAt, until }: Values, now: number) => endedAt === null && Date.parse(String(until)) > now

const memberEntry = (member: Values) =>
  Object.fromEntries(
    Object.entries(member).flatMap(([name, value]): [string, unknown][] => {
      if (typeof value !== 'object' || value === null) return [[name, literal(value)]]
      const shares = present(value as Values)
      return Object.keys(shares).length === 0 ? [] : [[name, shares]]
    })
  )

/** Another database would make a secret for one that is only there for what signs in. */
const isByHand = ({ made_by: by = 'hand' }: Values) => by === 'hand'

function accountOf(account: Values, variables: Variables): Values {
  const { name, type, status, proxy, headers } = account as {
    name: string
    type: string
    status: string
    proxy: string | null
    headers: string[]
  }
  return {
    // One in error stays so, whatever the file says of its status.
    ...entryOf(accountDefinition, { ...account, status: status === 'error' ? null : status }, variables),
    ...(type === 'api-key' ? { credentials: { api_key: variables.named(`ACCOUNT ${name} API_KEY`) } } : {}),
    ...(headers.length === 0
      ? {}
      : {
          headers: Object.fromEntries(headers.map((header) => [header, variables.named(`ACCOUNT ${name} HEADER ${header}`)]))
        }),
    // A proxy that was given by its URL is named by it without the password.
    ...(proxy === null ? {} : { proxy: isUrl(proxy) ? variables.named(`PROXY ${proxy} URL`) : literal(proxy) })
  }
}

function subscriptionOf(row: Values, variables: Variables, warnings: string[]): Values[] {
  const [startsAt, expiresAt] = [String(row['starts_at']), String(row['expires_at'])]
  const days = (Date.parse(expiresAt) - Date.parse(startsAt)) / DAY_MS
  if (Number.isInteger(days)) return [entryOf(subscriptionDefinition, { ...asGiven(row), days }, variables)]
  const name = subscriptionDefinition.nameOf(row)
  warnings.push(`subscription ${name} is left out: from ${startsAt} to ${expiresAt} is not a whole number of days`)
  return []
}

/** What is over, or has not begun, is so by its time: its status is still the one that it was given. */
const asGiven = (row: Values): Values => (isDerivedState(row['status']) ? { ...row, status: 'active' } : row)

/** A row as a file would say it, with a variable for each secret; one of which only a hash is stored stays as it is. */
function entryOf(definition: Definition, row: Values, variables: Variables): Values {
  const { kind, known } = definition
  return Object.fromEntries(
    Object.entries(declaredFields(definition)).flatMap(([name, { type, once, seal, parts }]): [string, unknown][] => {
      if (once || (type === 'secret' && seal === undefined)) return []
      if (type === 'secret') return [[name, variables.named(`${kind} ${String(row[known])} ${name}`)]]
      const value = parts === undefined ? (row[name] ?? null) : present(row[name] as Values)
      return value === null ? [] : [[name, literal(value)]]
    })
  )
}

const present = (values: Values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

const isUrl = (name: string) => name.includes('://')

/** The same value, of which nothing is taken for a variable. */
function literal<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll('${', '$$${') as T
  if (Array.isArray(value)) return value.map(literal) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, literal(entry as unknown)])) as T
}

type Variables = ReturnType<typeof createVariables>

function createVariables() {
  /** What each stands for, by its name. */
  const taken = new Map<string, string>()
  return {
    all: () => [...taken.keys()],
    /** The placeholder of a variable for what is described; the same one for the same thing. */
    named(description: string): string {
      const base = description
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '_')
        .replace(/_$/, '')
      let [name, count] = [base, 1]
      while (taken.has(name) && taken.get(name) !== description) name = `${base}_${++count}`
      taken.set(name, description)
      return `\${${name}}`
    }
  }
}
