import { codes } from './codes/definition.ts'
import type { Definition } from './definition.ts'
import { accounts } from './accounts/definition.ts'
import { groups } from './groups/definition.ts'
import { keys } from './keys/definition.ts'
import { pauses } from './pauses/definition.ts'
import { priceOverrides } from './price-overrides/definition.ts'
import { signIns } from './sign-ins/definition.ts'
import { raises } from './raises/definition.ts'
import { subscriptions } from './subscriptions/definition.ts'
import { teams } from './teams/definition.ts'
import { users } from './users/definition.ts'
import { proxies } from './proxies/definition.ts'
import { workloadRules } from './workload-rules/definition.ts'

/** Every kind of row with a definition, by its plural name. */
export const DEFINITIONS = {
  accounts,
  codes,
  groups,
  keys,
  pauses,
  priceOverrides,
  proxies,
  raises,
  signIns,
  subscriptions,
  teams,
  users,
  workloadRules
} as const satisfies Record<string, Definition>

/** The same by the singular name. */
export const definitionOf = (kind: (typeof DEFINITIONS)[keyof typeof DEFINITIONS]['kind']): Definition => {
  const definition = Object.values<Definition>(DEFINITIONS).find((one) => one.kind === kind)
  if (definition === undefined) throw new Error(`no ${kind} is defined`)
  return definition
}

/** The singular name, by the plural one. */
export const kindOf = (plural: (typeof DEFINITIONS)[keyof typeof DEFINITIONS]['plural']): string => {
  const definition = Object.values<Definition>(DEFINITIONS).find((one) => one.plural === plural)
  if (definition === undefined) throw new Error(`no ${plural} are defined`)
  return definition.kind
}
