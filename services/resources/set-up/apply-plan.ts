import { setImmediate } from 'node:timers/promises'
import {
  type CurrentState,
  type GroupState,
  type KeyState,
  type ProxyState,
  type RaiseState,
  type Stored,
  type SubscriptionState,
  type TeamState,
  type UserState,
  type WorkloadRuleState
} from './apply-states.ts'
import {
  differencesOf,
  nameOf,
  plannedFields,
  wantedValues,
  type Definition,
  type FieldChange,
  type Values
} from '../definition.ts'
import { accounts } from '../accounts/definition.ts'
import { wantedAccount, type StoredAccountState } from '../accounts/states.ts'
import { groups } from '../groups/definition.ts'
import { proxies } from '../proxies/definition.ts'
import { keyHash, keys as keyDefinition, type Secret } from '../keys/definition.ts'
import { raises as raiseDefinition } from '../raises/definition.ts'
import { endOf, subscriptions as subscriptionDefinition } from '../subscriptions/definition.ts'
import { teams as teamDefinition } from '../teams/definition.ts'
import { users as userDefinition } from '../users/definition.ts'
import { workloadRules as workloadRuleDefinition } from '../workload-rules/definition.ts'
import { isSignedOut, SIGN_IN_TERMS } from './declared-credentials.ts'
import { declaredProxies } from './declared-proxies.ts'
import { declaredRaises, isInForce, type DeclaredRaise } from './declared-raises.ts'
import { attainableTeam, obstacleToKey, teamsAfter, type TeamsAfter } from './declared-teams.ts'
import type { Desired, DesiredAccount, DesiredKey, DesiredUser } from './declarative-schema.ts'
import type { HostRules } from '../../platform/network/host-rules.ts'
import { groupReferences, planProblems } from './plan-problems.ts'
import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { modelsOf, unknownModels } from './unknown-models.ts'
import { unservedWarnings } from './unserved-warnings.ts'
import { ProblemsError } from './problems-error.ts'

type PlanAction = 'create' | 'change' | 'unchanged'

/** One line of a plan, safe to print: it contains no secret. */
export interface PlanLine {
  action: PlanAction
  kind: PlannedStep['kind']
  /** A key is named `<email>/<key name>`, a subscription `<email>/<group>`. */
  name: string
  changes: FieldChange[]
}

interface StepOf<Kind extends string, State> {
  kind: Kind
  action: PlanAction
  name: string
  changes: FieldChange[]
  /** Null when the step creates. */
  id: string | null
  state: State
}

export type PlannedStep =
  | StepOf<'group', GroupState>
  | StepOf<'proxy', ProxyState>
  | StepOf<'account', StoredAccountState>
  | StepOf<'user', UserState>
  | StepOf<'key', KeyState>
  | StepOf<'subscription', SubscriptionState>
  | StepOf<'workload-rule', WorkloadRuleState>
  | StepOf<'team', TeamState>
  | StepOf<'raise', RaiseState>

export interface Plan {
  /** In an order in which they can be done: what others refer to comes first. */
  steps: PlannedStep[]
  warnings: string[]
}

interface PlanOptions {
  /** Disable what the file doesn't name. */
  prune: boolean
  /** Epoch milliseconds. */
  now: number
  /** The rules for hosts of upstreams and proxies. */
  hosts: HostRules
  /** The models that have a price; without this, there are no warnings about models. */
  models?: readonly string[]
}

/** Why a declarative file, right in itself, cannot be applied to this database. */
export class ApplyError extends ProblemsError {}

/**
 * What must be done so that the database matches the file. A field that the file leaves out has its default, except for states
 * that are also set at run time (status, schedulable) and secrets: those stay. Throws ApplyError naming all problems.
 */
export async function planChanges(current: CurrentState, desired: Desired, options: PlanOptions): Promise<Plan> {
  const problems = planProblems(current, desired, options)
  if (problems.length > 0) throw new ApplyError(problems)

  const known = indexOf(current, desired)
  const { users = [] } = desired
  const raises = declaredRaises(current, desired, options)
  const teams = (desired.teams ?? []).map((team) => {
    const stored = known.teams.get(team.name)
    return { stored, ...attainableTeam(team, stored) }
  })
  const steps = [
    ...(desired.groups ?? []).map((group) => rowStep(groups, known.groups.get(group.name), group)),
    ...declaredProxies(desired).map((proxy) => rowStep(proxies, known.proxies.get(proxy.name), proxy)),
    ...(await inSlices(desired.accounts ?? [], (slice) => accountSteps(known, slice))),
    ...(await inSlices(ownersFirst(users), (slice) =>
      slice.map((user) => rowStep(userDefinition, known.users.get(user.email), user))
    )),
    ...teams.map(({ stored, entry }) => rowStep(teamDefinition, stored, entry)),
    ...raiseSteps(raises),
    ...(await inSlices(users, (slice) => keySteps(known, slice))),
    ...(await inSlices(users, (slice) => subscriptionSteps(known, slice, options.now))),
    ...(desired.workload_rules ?? []).map((rule) => rowStep(workloadRuleDefinition, known.workloadRules.get(rule.name), rule))
  ]
  if (options.prune) steps.push(...pruneSteps(current, desired, steps, options.now))
  return {
    steps: steps.toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind]),
    warnings: [
      ...users.flatMap((user) => [...balanceWarnings(current, user), ...keyWarnings(known, user)]),
      ...warningsOf(current, desired, steps, options),
      ...teams.flatMap(({ warnings }) => warnings),
      ...raiseWarnings(raises)
    ]
  }
}

/** People before the service users that belong to them. */
const ownersFirst = (users: readonly DesiredUser[]): DesiredUser[] =>
  users.toSorted((a, b) => Number(a.kind === 'service') - Number(b.kind === 'service'))

/** This many are compared within a few milliseconds. */
const SLICE = 200

/** A file may name thousands: streams continue between two slices. */
async function inSlices<Item>(
  items: readonly Item[],
  stepsOf: (slice: readonly Item[]) => PlannedStep[]
): Promise<PlannedStep[]> {
  const steps: PlannedStep[] = []
  for (let from = 0; from < items.length; from += SLICE) {
    if (from > 0) await setImmediate()
    steps.push(...stepsOf(items.slice(from, from + SLICE)))
  }
  return steps
}

/** Stored rows, by their key, and what else entries are compared with. */
interface Known {
  groups: Map<string, Stored<GroupState>>
  proxies: Map<string, Stored<ProxyState>>
  accounts: Map<string, Stored<StoredAccountState>>
  users: Map<string, Stored<UserState>>
  keysOf: Map<string, Stored<KeyState>[]>
  subscriptions: Map<string, Stored<SubscriptionState>>
  workloadRules: Map<string, Stored<WorkloadRuleState>>
  teams: Map<string, Stored<TeamState>>
  madeKeys: CurrentState['madeKeys']
  teamsAfter: TeamsAfter
}

function indexOf(current: CurrentState, desired: Desired): Known {
  return {
    groups: by(current.groups, ({ name }) => String(name)),
    proxies: by(current.proxies, ({ name }) => String(name)),
    accounts: by(current.accounts, ({ name }) => name),
    users: by(current.users, ({ email }) => String(email)),
    keysOf: keysByOwner(current),
    subscriptions: by(current.subscriptions, (state) => subscriptionDefinition.nameOf(state)),
    workloadRules: by(current.workloadRules, ({ name }) => String(name)),
    teams: by(current.teams, ({ name }) => String(name)),
    madeKeys: current.madeKeys,
    teamsAfter: teamsAfter(current, desired)
  }
}

const ORDER: Record<PlannedStep['kind'], number> = {
  group: 0,
  proxy: 1,
  user: 2,
  account: 3,
  team: 4,
  raise: 5,
  key: 6,
  subscription: 7,
  'workload-rule': 8
}

function planned<Kind extends string, State>(
  kind: Kind,
  name: string,
  stored: Stored<State> | undefined,
  state: State,
  differences: (from: State, to: State) => FieldChange[]
): StepOf<Kind, State> {
  if (stored === undefined) return { kind, action: 'create', name, changes: [], id: null, state }
  const changes = differences(stored.state, state)
  return { kind, action: changes.length === 0 ? 'unchanged' : 'change', name, changes, id: stored.id, state }
}

function rowStep<Kind extends string>(
  definition: Definition & { kind: Kind },
  stored: Stored<Values> | undefined,
  entry: Values
): StepOf<Kind, Values> {
  const wanted = wantedValues(definition, entry, stored?.state)
  return planned(definition.kind, nameOf(definition, wanted), stored, wanted, differencesBy(definition))
}

/** In the fields of a file: others that are set at run time stay as they are. */
const differencesBy = (definition: Definition) => (from: Values, to: Values) =>
  differencesOf(plannedFields(definition), from, to)

function accountSteps(known: Known, entries: readonly DesiredAccount[]): PlannedStep[] {
  return entries.map((desired) => {
    const stored = known.accounts.get(desired.name)
    return planned('account', desired.name, stored, wantedAccount(desired, stored?.state), differencesBy(accounts))
  })
}

function keySteps(known: Known, users: readonly DesiredUser[]): PlannedStep[] {
  return users.flatMap((user) =>
    storedKeys(known, user).flatMap(({ desired, stored, whyLeftOut, whyNotInTeam }): PlannedStep[] => {
      if (whyLeftOut !== null) return [] // there is a warning about it
      const { name, status } = stored?.state ?? desired
      // A revoked one stays revoked.
      const kept = status === 'revoked' ? { status } : {}
      const team = whyNotInTeam === null ? {} : { team: stored?.state['team'] }
      return [rowStep(keyDefinition, stored, { ...desired, user: user.email, name, ...kept, ...team })]
    })
  )
}

interface DeclaredKey {
  desired: DesiredKey
  stored: Stored<KeyState> | undefined
  /** Null when it is not. */
  whyLeftOut: string | null
  /** Its team stays then, if it is not left out. */
  whyNotInTeam: string | null
}

/**
 * The rows of a user's keys. A key whose secret is in the file is found by it, whatever its present name: people may rename their
 * keys, but must not be able to make the file inapplicable. A new one that cannot be in its team is left out as a whole: without
 * the team no pool would limit it.
 */
function storedKeys({ keysOf, madeKeys, teamsAfter: teams }: Known, { email, keys = [] }: DesiredUser): DeclaredKey[] {
  const own = keysOf.get(email) ?? []
  const byName = by(own, ({ name }) => name)
  const byHash = by(own, ({ key }) => keyHash(key as Secret))
  const bySecret = keys.map(({ key }) => (key === undefined ? undefined : byHash.get(keyHash(key))))
  const known = new Set(bySecret)
  return keys.map((desired, index) => {
    const { name, team } = desired
    const stored = bySecret[index] ?? byName.get(name)
    const whyNotInTeam = team === undefined ? null : (obstacleToKey(teams, email, team)?.why ?? null)
    const isNameTaken = stored !== undefined && bySecret[index] === undefined && known.has(stored)
    const isNameMade = stored === undefined && madeKeys.has(keyDefinition.nameOf({ user: email, name }))
    const whyLeftOut = isNameTaken
      ? 'another key of the file now has that name'
      : isNameMade
        ? 'a key that was made for a sign-in or a workload rule has that name'
        : null
    return { desired, stored, whyLeftOut: whyLeftOut ?? (stored === undefined ? whyNotInTeam : null), whyNotInTeam }
  })
}

const keysByOwner = ({ keys }: CurrentState) => Map.groupBy(keys, ({ state }) => String(state['user']))

/** Stored rows, by their key; the first of several. */
function by<State, Key>(stored: readonly Stored<State>[], keyOf: (state: State) => Key): Map<Key, Stored<State>> {
  return new Map(stored.toReversed().map((one) => [keyOf(one.state), one]))
}

function keyWarnings(known: Known, user: DesiredUser): string[] {
  return storedKeys(known, user).flatMap(({ desired, stored, whyLeftOut, whyNotInTeam }) => {
    const name = keyDefinition.nameOf({ user: user.email, name: desired.name })
    if (whyLeftOut !== null) return [`key ${name} is left out: ${whyLeftOut}`]
    if (stored === undefined) return []
    const { name: present, team } = stored.state as { name: string; team: string | null }
    const renamed = present === desired.name ? [] : [`key ${name} is now called ${present}, and keeps that name`]
    if (whyNotInTeam === null) return renamed
    const refused = team === desired.team ? ', and its requests are refused' : ''
    return [...renamed, `the team of key ${name} stays ${team ?? 'none'}: ${whyNotInTeam}${refused}`]
  })
}

/** One that is over raises nothing, and one without a limit cannot; there is a warning about either. */
const raiseSteps = (raises: readonly DeclaredRaise[]): PlannedStep[] =>
  raises.flatMap(({ wanted, stored, isOver, obstacle }) =>
    (isOver || obstacle !== null) && stored === undefined ? [] : [rowStep(raiseDefinition, stored, wanted)]
  )

function raiseWarnings(raises: readonly DeclaredRaise[]): string[] {
  return raises.flatMap(({ wanted, stored, isOver, obstacle }) => {
    const name = `raise ${nameOf(raiseDefinition, wanted)}`
    if (isOver) return [`${name} ended at ${String(wanted['until'])}: take it out of the file, or set a later until`]
    if (obstacle !== null) return [`${name} is left out: ${obstacle.why}`]
    if (stored === undefined || isInForce(stored)) return []
    return [`${name} was ended at ${String(stored.state['ended_at'])} and stays so: another until gives it anew`]
  })
}

/** Applying it again does not extend it: its start stays, and with it its end. */
function subscriptionSteps(known: Known, users: readonly DesiredUser[], now: number): PlannedStep[] {
  return users.flatMap(({ email, subscriptions = [] }) =>
    subscriptions.map((desired) => {
      const stored = known.subscriptions.get(`${email}/${desired.group}`)
      const begun = stored === undefined ? { starts_at: new Date(now).toISOString() } : {}
      return rowStep(subscriptionDefinition, stored, { ...begun, ...desired, user: email })
    })
  )
}

/**
 * Rows that money refers to are never deleted: pruning disables them. Groups that the file still refers to stay. So do all
 * proxies: a proxy alone does nothing, and the accounts disabled here still refer to theirs.
 */
function pruneSteps(current: CurrentState, desired: Desired, steps: readonly PlannedStep[], now: number): PlannedStep[] {
  const named = new Set(steps.map(({ kind, name }) => `${kind} ${name}`))
  for (const name of groupReferences(desired).keys()) named.add(`group ${name}`)
  const gone = (kind: PlannedStep['kind'], name: string) => !named.has(`${kind} ${name}`)
  function ending<Kind extends PlannedStep['kind'], State extends Values>(
    definition: Definition & { kind: Kind },
    rows: readonly Stored<State>[],
    status = 'disabled'
  ): StepOf<Kind, State>[] {
    const isOn = (state: Values) => state['status'] === 'active' || state['status'] === 'error'
    return rows.flatMap((stored) => {
      const name = nameOf(definition, stored.state)
      if (!isOn(stored.state) || !gone(definition.kind, name)) return []
      return [planned(definition.kind, name, stored, { ...stored.state, status }, differencesBy(definition))]
    })
  }
  return [
    ...ending(groups, current.groups),
    ...ending(accounts, current.accounts),
    ...ending(userDefinition, current.users),
    ...ending(keyDefinition, current.keys),
    ...ending(subscriptionDefinition, current.subscriptions, 'suspended'),
    ...ending(workloadRuleDefinition, current.workloadRules),
    ...ending(teamDefinition, current.teams),
    ...endedRaises(current, steps, now)
  ]
}

/** What the file does not name, and is in force. */
function endedRaises({ raises }: CurrentState, steps: readonly PlannedStep[], now: number): StepOf<'raise', RaiseState>[] {
  const named = new Set(steps.flatMap(({ kind, id }) => (kind === 'raise' ? [id] : [])))
  const to = new Date(now).toISOString()
  return raises
    .filter((stored) => isInForce(stored) && !named.has(stored.id))
    .map((stored) =>
      planned('raise', nameOf(raiseDefinition, stored.state), stored, { ...stored.state, ended_at: to }, () => [
        { field: 'ended_at', from: 'none', to }
      ])
    )
}

function warningsOf(current: CurrentState, desired: Desired, steps: readonly PlannedStep[], options: PlanOptions): string[] {
  const { now, models } = options
  const isStatusNamed = statusNames(desired)
  const resting = steps.flatMap((step) => {
    if (step.kind === 'proxy') return []
    const { status } = step.state
    return step.action === 'create' || status === 'active' || isStatusNamed(step)
      ? []
      : [`${step.kind} ${step.name} is ${String(status)} and stays that way: set its status in the file to change that`]
  })
  const ended = steps.flatMap((step) => {
    if (step.kind === 'key') return expiryWarnings(step.name, step.state, now)
    return step.kind === 'subscription' ? endWarnings(step.name, step.state, now) : []
  })
  const signIns = steps.flatMap((step) => (step.kind === 'account' ? signInWarnings(step.state) : []))
  const ofModels = models === undefined ? [] : modelWarnings(current, steps, models)
  return [...resting, ...ended, ...signIns, ...unservedWarnings(stateAfter(current, steps), now), ...ofModels]
}

/** All rows as they will be after the steps. */
function stateAfter(current: CurrentState, steps: readonly PlannedStep[]) {
  const byKind = Map.groupBy(steps, ({ kind }) => kind)
  const rowsOf = (kind: PlannedStep['kind'], stored: readonly Stored<Values>[]): Values[] => {
    const planned = byKind.get(kind) ?? []
    const ids = new Set(planned.map(({ id }) => id))
    return [...stored.filter(({ id }) => !ids.has(id)), ...planned].map(({ state }) => state as Values)
  }
  return {
    groups: rowsOf('group', current.groups),
    accounts: rowsOf('account', current.accounts),
    users: rowsOf('user', current.users),
    keys: rowsOf('key', current.keys),
    workloadRules: rowsOf('workload-rule', current.workloadRules)
  }
}

function modelWarnings({ groups: g, accounts: a }: CurrentState, steps: readonly PlannedStep[], priced: readonly string[]) {
  const wanted = steps.filter(({ kind }) => kind === 'group' || kind === 'account')
  const known = [...priced, ...[...g, ...a, ...wanted].flatMap(({ state }) => modelsOf(state as Values))]
  return steps.flatMap(({ kind, name, state }) =>
    unknownModels(allowedModels(state as Values), known).map((problem) => `${kind} ${name}: ${problem}`)
  )
}

const allowedModels = ({ allowed_models: models }: Values) => (models ?? []) as string[]

function endWarnings(name: string, { status, starts_at: startsAt, days }: Values, now: number): string[] {
  const end = endOf(String(startsAt), Number(days))
  if (status !== 'active' || end.getTime() > now) return []
  return [`subscription ${name} ended on ${end.toISOString()}: raise days to extend it`]
}

/** Not refused: a server must still start with a file that was valid when it was written. */
function expiryWarnings(name: string, { status, expires_at: expiresAt }: Values, now: number): string[] {
  if (status !== 'active' || typeof expiresAt !== 'string' || Date.parse(expiresAt) > now) return []
  return [`key ${name} expired at ${expiresAt}: set a later expires_at to make it work again`]
}

function signInWarnings({ name, type, shared, credentials, status }: StoredAccountState): string[] {
  if (type === 'api-key' || status === 'disabled') return []
  const warnings = shared ? [`account ${name} is shared, and ${SIGN_IN_TERMS}: you answer for serving others with it`] : []
  const login = `run \`sluice accounts login ${name}\``
  if (credentials === null) warnings.push(`account ${name} has stored credentials that cannot be opened: ${login}`)
  else if (isSignedOut(credentials)) warnings.push(`account ${name} is not signed in yet: ${login}`)
  return warnings
}

/** Whether the file itself sets the status that a step changes, so that it is no surprise. */
function statusNames({
  groups = [],
  accounts = [],
  users = [],
  workload_rules: rules = [],
  teams = []
}: Desired): (step: PlannedStep) => boolean {
  const isNamed = new Map<string, boolean>([
    ...groups.map(({ name, status }) => [`group ${name}`, status !== undefined] as const),
    ...accounts.map(({ name, status }) => [`account ${name}`, status !== undefined] as const),
    ...users.map(({ email, status }) => [`user ${email}`, status !== undefined] as const),
    ...teams.map(({ name, status }) => [`team ${name}`, status !== undefined] as const),
    ...rules.map(({ name, status }) => [`workload-rule ${name}`, status !== undefined] as const),
    ...users.flatMap(({ email, keys = [] }) =>
      keys.map(({ name, status }) => [`key ${email}/${name}`, status !== undefined] as const)
    ),
    ...users.flatMap(({ email, subscriptions = [] }) =>
      subscriptions.map(({ group, status }) => [`subscription ${email}/${group}`, status !== undefined] as const)
    )
  ])
  return ({ kind, name }) => isNamed.get(`${kind} ${name}`) ?? true
}

function balanceWarnings(current: CurrentState, { email, balance_usd: balanceUsd }: DesiredUser): string[] {
  const opening = current.openings.get(email)
  if (balanceUsd === undefined || opening === undefined || parseUsd(balanceUsd) === opening) return []
  return [
    `balance_usd of ${email} differs from the opening balance (${formatUsd(opening)}), which is entered once: balances change through the ledger only`
  ]
}
