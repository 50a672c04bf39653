import { entryFor } from '../../money/prices/model-ids.ts'

/** An account's rules about models. */
export interface ModelRules {
  /** Requested model to actual model; an account with a mapping serves exactly its keys. */
  modelMapping: Readonly<Record<string, string>>
  /** The models that the account may serve; null means all. */
  allowedModels: readonly string[] | null
  /** Models that only the accounts which accept them serve. */
  acceptedModels: readonly string[]
}

type GroupRules = Pick<ModelRules, 'modelMapping'>

/**
 * Which accounts of a group serve a requested model, and under which name. A name that one of them accepts is not for those that
 * neither accept nor map it: their upstream does not know it.
 */
export function upstreamModelsOf<Account extends ModelRules>(
  accounts: readonly Account[],
  group: GroupRules,
  requested: string
): Map<Account, string> {
  const actual = mappedName(group.modelMapping, requested) ?? requested
  const isAccepted = accounts.some((account) => accepts(account, actual))
  const models = new Map<Account, string>()
  for (const account of accounts) {
    const model = upstreamModelOf(account, group, requested)
    const isOwn = accepts(account, actual) || mappedName(account.modelMapping, requested) !== null
    if (model !== null && (!isAccepted || isOwn)) models.set(account, model)
  }
  return models
}

/**
 * The name under which an account serves a requested model, or null when it doesn't. A name is mapped once: by the account's
 * mapping, else by the group's, whose result the account must accept as it is. Names are compared as in the price book; a name
 * that is not mapped stays as the client wrote it.
 */
export function upstreamModelOf(account: ModelRules, group: GroupRules, requested: string): string | null {
  const own = mappedName(account.modelMapping, requested)
  if (own !== null) return isAllowed(account, own) ? own : null
  const actual = mappedName(group.modelMapping, requested) ?? requested
  if (accepts(account, actual)) return actual
  const hasMapping = Object.keys(account.modelMapping).length > 0
  if (hasMapping && (actual === requested || mappedName(account.modelMapping, actual) !== actual)) return null
  return isAllowed(account, actual) ? actual : null
}

/** What a mapping maps a name to; null when the name is not in it. */
export function mappedName(mapping: Readonly<Record<string, string>>, name: string): string | null {
  const entry = entryFor(Object.keys(mapping), name)
  if (entry === null) return null
  return mapping[entry] === entry ? name : mapping[entry]!
}

const accepts = ({ acceptedModels }: ModelRules, model: string) => entryFor(acceptedModels, model) !== null

function isAllowed({ allowedModels }: ModelRules, model: string): boolean {
  return allowedModels === null || entryFor(allowedModels, model) !== null
}
