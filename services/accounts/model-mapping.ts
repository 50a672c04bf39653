export interface ModelRules {
  /** Requested model to actual model; an account with a mapping serves exactly its keys. */
  modelMapping: Readonly<Record<string, string>>
  /** The models that the account may be asked for; null is all. */
  allowedModels: readonly string[] | null
  /** Models that only the accounts which accept them serve. */
  acceptedModels: readonly string[]
}

type GroupRules = Pick<ModelRules, 'modelMapping'>

/**
 * Which accounts of a group serve a requested model, and under which name. A name that one of them accepts is no business of those
 * that neither accept nor map it: their upstream does not know it.
 */
export function upstreamModelsOf<Account extends ModelRules>(
  accounts: readonly Account[],
  group: GroupRules,
  requested: string
): Map<Account, string> {
  const actual = entryOf(group.modelMapping, requested) ?? requested
  const isAccepted = accounts.some(({ acceptedModels }) => acceptedModels.includes(actual))
  const models = new Map<Account, string>()
  for (const account of accounts) {
    const model = upstreamModelOf(account, group, requested)
    const isOwn = account.acceptedModels.includes(actual) || entryOf(account.modelMapping, requested) !== undefined
    if (model !== null && (!isAccepted || isOwn)) models.set(account, model)
  }
  return models
}

/**
 * The name under which an account serves a requested model, or null when it doesn't. A name is mapped once: what the
 * account makes of the request comes first, else what the group makes of it, which the account must then take as it is.
 */
export function upstreamModelOf(account: ModelRules, group: GroupRules, requested: string): string | null {
  const own = entryOf(account.modelMapping, requested)
  if (own !== undefined) return isAllowed(account, own) ? own : null
  const actual = entryOf(group.modelMapping, requested) ?? requested
  if (account.acceptedModels.includes(actual)) return actual
  const hasMapping = Object.keys(account.modelMapping).length > 0
  if (hasMapping && (actual === requested || entryOf(account.modelMapping, actual) !== actual)) return null
  return isAllowed(account, actual) ? actual : null
}

/** A client may well ask for a model named `constructor`. */
function entryOf(mapping: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined
}

function isAllowed({ allowedModels }: ModelRules, model: string): boolean {
  return allowedModels === null || allowedModels.includes(model)
}
