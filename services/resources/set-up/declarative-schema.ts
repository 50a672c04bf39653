import { Type, type Static, type TSchema } from 'typebox'
import { entrySchema, type Definition } from '../definition.ts'
import { keys, type DesiredKey } from '../keys/definition.ts'
import { subscriptions, type DesiredSubscription } from '../subscriptions/definition.ts'
import { accounts, type DesiredAccount } from '../accounts/definition.ts'
import { groups, type DesiredGroup } from '../groups/definition.ts'
import { raises, type DesiredRaise } from '../raises/definition.ts'
import { teams, type DesiredTeam } from '../teams/definition.ts'
import { users, type UserEntry } from '../users/definition.ts'
import { proxies, type DesiredProxy } from '../proxies/definition.ts'
import { workloadRules, type DesiredWorkloadRule } from '../workload-rules/definition.ts'

export type { DesiredAccount, DesiredCredentials } from '../accounts/definition.ts'
export type { DesiredGroup } from '../groups/definition.ts'
export type { DesiredKey } from '../keys/definition.ts'
export type { DesiredSubscription } from '../subscriptions/definition.ts'
export type { DesiredProxy } from '../proxies/definition.ts'

/** The shape of a declarative file. Decimals are strings here; in the file they may be numbers, whose digits are kept. */
const list = <T extends TSchema>(items: T) => Type.Array(items, { description: 'a list' })

export type DesiredUser = UserEntry & { keys?: DesiredKey[]; subscriptions?: DesiredSubscription[] }

export type TeamWithRaises = DesiredTeam & { raises?: DesiredRaise[] }

const listOf = (definition: Definition) => list(Type.Unsafe(entrySchema(definition)))

const user = entrySchema(users)
const userWithTheirs = {
  ...user,
  properties: { ...(user['properties'] as object), keys: listOf(keys), subscriptions: listOf(subscriptions) }
}

const team = entrySchema(teams)
const teamWithRaises = { ...team, properties: { ...(team['properties'] as object), raises: listOf(raises) } }

export const DeclarativeFile = Type.Object(
  {
    groups: Type.Optional(list(Type.Unsafe<DesiredGroup>(entrySchema(groups)))),
    proxies: Type.Optional(list(Type.Unsafe<DesiredProxy>(entrySchema(proxies)))),
    accounts: Type.Optional(list(Type.Unsafe<DesiredAccount>(entrySchema(accounts)))),
    users: Type.Optional(list(Type.Unsafe<DesiredUser>(userWithTheirs))),
    workload_rules: Type.Optional(list(Type.Unsafe<DesiredWorkloadRule>(entrySchema(workloadRules)))),
    teams: Type.Optional(list(Type.Unsafe<TeamWithRaises>(teamWithRaises)))
  },
  { additionalProperties: false, description: 'a mapping with groups, proxies, accounts, users, workload_rules and teams' }
)

/** The state described by a declarative file. It is also the JSON that `POST /admin/v1/apply` takes. */
export type Desired = Static<typeof DeclarativeFile>
