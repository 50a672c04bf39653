import type { Clock } from '../../platform/clock.ts'
import { ApplyError, planChanges, type Plan, type PlannedStep } from './apply-plan.ts'
import type { CurrentState } from './apply-states.ts'
import type { Desired } from './declarative-schema.ts'
import type { HostRules } from '../../platform/network/host-rules.ts'
import { recordSteps } from './apply-audit.ts'
import type { AuditOrigin } from '../records/audit-log.ts'
import { lockGroups } from '../records/groups.ts'
import { listAccountStates, putAccount } from '../accounts/accounts.ts'
import { groups as groupDefinition } from '../groups/definition.ts'
import { groupResource } from '../groups/groups.ts'
import { proxies as proxyDefinition } from '../proxies/definition.ts'
import { proxyResource } from '../proxies/proxies.ts'
import type { Values } from '../definition.ts'
import { definitionOf } from '../definitions.ts'
import { listStored, putStored } from '../operate.ts'
import { pricedModels } from '../../money/prices/prices-in-force.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { lockSettledRows } from '../../money/records/settled-rows.ts'
import { keys as keyDefinition } from '../keys/definition.ts'
import { keyResource, listMadeKeys } from '../keys/keys.ts'
import { givenBy, listLastingRaises, raiseResource } from '../raises/raises.ts'
import { subscriptions as subscriptionDefinition } from '../subscriptions/definition.ts'
import { subscriptionResource } from '../subscriptions/subscriptions.ts'
import { teams as teamDefinition } from '../teams/definition.ts'
import { listRemovedTeams, teamResource } from '../teams/teams.ts'
import { users as userDefinition } from '../users/definition.ts'
import { listOpenings, userResource } from '../users/users.ts'
import { workloadRules as workloadRuleDefinition } from '../workload-rules/definition.ts'
import { keysOfRules } from '../workload-rules/rule-keys.ts'
import { workloadRuleResource } from '../workload-rules/workload-rules.ts'
import { generateClientKey, type SecretBox } from '../../platform/secrets.ts'

export interface ApplyOptions {
  secretBox: SecretBox
  clock: Clock
  hosts: HostRules
  /** Only plan: write nothing. */
  dryRun?: boolean
  /** Disable what the file doesn't name. */
  prune?: boolean
  /** Allow changes that affect something beyond Sluice. */
  isConfirmed?: boolean
  /** Who is recorded as the actor. */
  audit: { actor: string; origin: AuditOrigin | null }
}

export interface CreatedKey {
  email: string
  name: string
  key: string
}

export interface ApplyResult {
  plan: Plan
  /** Generated client keys, which are stored nowhere. */
  createdKeys: CreatedKey[]
}

/**
 * Makes the database match `desired`: completely or, after any failure, not at all. Two concurrent calls take turns. Throws
 * ApplyError when the file cannot be applied to this database.
 */
export async function applyDesired(pool: Connectable, desired: Desired, options: ApplyOptions): Promise<ApplyResult> {
  return await inTransaction(pool, (client) => applyWithin(client, desired, options))
}

/** The same as a part of the caller's transaction. */
export async function applyWithin(client: Queryable, desired: Desired, options: ApplyOptions): Promise<ApplyResult> {
  const { secretBox, clock, dryRun = false, prune = false, isConfirmed = false } = options
  await lockGroups(client)
  const current = await readCurrentState(client, secretBox, clock.now())
  const models = await pricedModels(client)
  const plan = await planChanges(current, desired, { prune, now: clock.now(), hosts: options.hosts, models })
  if (dryRun) return { plan, createdKeys: [] }
  const unconfirmed = isConfirmed ? [] : plan.steps.flatMap(unconfirmedChanges)
  if (unconfirmed.length > 0) throw new ApplyError(unconfirmed)
  const createdKeys = await carryOut(client, plan, { secretBox, clock, actor: options.audit.actor })
  await recordSteps(client, plan, { ...options.audit, at: clock.now() })
  return { plan, createdKeys }
}

/** The parts of a step that need confirmation. */
function unconfirmedChanges({ kind, name, action, state, changes }: PlannedStep): string[] {
  return Object.entries(definitionOf(kind).fields).flatMap(([field, { confirmed }]) => {
    const value = (state as Values)[field] ?? null
    const isDone = action === 'create' ? value !== null : changes.some((change) => change.field === field)
    if (confirmed === undefined || !isDone) return []
    return [`${kind} ${name}: ${field} ${confirmed.why}: confirm that with ${confirmed.by}`]
  })
}

async function readCurrentState(client: Queryable, secretBox: SecretBox, now: number): Promise<CurrentState> {
  // One after another: a transaction has one connection.
  const groups = await listStored(client, groupDefinition, secretBox)
  const proxies = await listStored(client, proxyDefinition, secretBox)
  const accounts = await listAccountStates(client, secretBox)
  const users = await listStored(client, userDefinition, secretBox)
  const openings = await listOpenings(client)
  const allKeys = await listStored(client, keyDefinition, secretBox)
  const made = await listMadeKeys(client)
  const subscriptions = await listStored(client, subscriptionDefinition, secretBox)
  const workloadRules = await listStored(client, workloadRuleDefinition, secretBox)
  const teams = await listStored(client, teamDefinition, secretBox)
  const removedTeams = await listRemovedTeams(client)
  const raises = await listLastingRaises(client, now)
  return {
    groups,
    proxies,
    accounts,
    users,
    keys: allKeys.filter(({ id }) => !made.has(id)),
    madeKeys: new Set(allKeys.filter(({ id }) => made.has(id)).map(({ state }) => keyDefinition.nameOf(state))),
    subscriptions,
    workloadRules,
    teams,
    removedTeams,
    raises,
    openings
  }
}

/** Carries out a plan in its order, and returns the generated keys. */
async function carryOut(
  client: Queryable,
  plan: Plan,
  { secretBox, clock, actor }: Pick<ApplyOptions, 'secretBox' | 'clock'> & { actor: string }
): Promise<CreatedKey[]> {
  const createdKeys: CreatedKey[] = []
  await lockSettledRows(client, {
    users: changedIds(plan, 'user'),
    subscriptions: changedIds(plan, 'subscription'),
    api_keys: [...changedIds(plan, 'key'), ...(await keysOfRules(client, changedIds(plan, 'workload-rule')))],
    teams: changedIds(plan, 'team')
  })

  async function putKey(step: StepFor<'key'>) {
    const { state } = step
    if (step.id !== null || state['key'] !== null) return await putStored(client, { secretBox }, keyResource, step)
    const key = generateClientKey()
    createdKeys.push({ email: String(state['user']), name: String(state['name']), key })
    return await putStored(client, { secretBox }, keyResource, { ...step, state: { ...state, key } })
  }

  /** Who applies the file gives the raises that it brings. */
  const putRaise = (step: StepFor<'raise'>) =>
    putStored(client, { secretBox }, raiseResource, { ...step, state: { ...step.state, ...givenBy({ clock, actor }) } })

  for (const step of plan.steps) {
    if (step.action === 'unchanged') continue
    if (step.kind === 'account') await putAccount(client, secretBox, step)
    else if (step.kind === 'key') await putKey(step)
    else if (step.kind === 'raise') await putRaise(step)
    else await putStored(client, { secretBox }, RESOURCES[step.kind], step)
  }
  return createdKeys
}

const RESOURCES = {
  group: groupResource,
  proxy: proxyResource,
  user: userResource,
  subscription: subscriptionResource,
  'workload-rule': workloadRuleResource,
  team: teamResource
}

type StepFor<Kind extends PlannedStep['kind']> = Extract<PlannedStep, { kind: Kind }>

function changedIds(plan: Plan, kind: PlannedStep['kind']): string[] {
  return plan.steps.flatMap((step) => (step.kind === kind && step.action === 'change' && step.id !== null ? [step.id] : []))
}
