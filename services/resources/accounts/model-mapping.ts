import { entryFor } from '../../money/prices/model-ids.ts'

/** What an account has to say of models. */
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
 * The name under which an account serves a requested model, or null when it doesn't. A name is mapped once: what the
 * account makes of the request comes first, else what the group makes of it, which the account must then take as it is.
 * Names are compared as the price book compares them; one that a mapping leaves as it is stays as the client has written it.
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

/** What a mapping makes of a name; null when it says nothing of it. */
export function mappedName(mapping: Readonly<Record<string, string>>, name: string): string | null {
  const entry = entryFor(Object.keys(mapping), name)
  if (entry === null) return null
  return mapping[entry] === entry ? name : mapping[entry]!
}

const accepts = ({ acceptedModels }: ModelRules, model: string) => entryFor(acceptedModels, model) !== null

function isAllowed({ allowedModels }: ModelRules, model: string): boolean {
  return allowedModels === null || entryFor(allowedModels, model) !== null
}
