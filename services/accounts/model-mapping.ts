export interface ModelRules {
  /** Requested model to actual model; an account with a mapping serves exactly its keys. */
  modelMapping: Readonly<Record<string, string>>
  /** The models that the account may be asked for; null is all. */
  allowedModels: readonly string[] | null
}

/**
 * The name under which an account serves a requested model, or null when it doesn't. A name is mapped once: what the
 * account makes of the request comes first, else what the group makes of it, which the account must then take as it is.
 */
export function upstreamModelOf(
  account: ModelRules,
  group: { modelMapping: Readonly<Record<string, string>> },
  requested: string
): string | null {
  const own = entryOf(account.modelMapping, requested)
  if (own !== undefined) return isAllowed(account, own) ? own : null
  const actual = entryOf(group.modelMapping, requested) ?? requested
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
