import { modelRefused, type GatewayError } from '../../platform/gateway-errors.ts'
import { mayAskFor, modelListsOf, type ClientKeyRecord } from '../../resources/records/client-keys.ts'
import { factsOf } from './client-recognition.ts'

type Client = Pick<ClientKeyRecord, 'key' | 'user' | 'group'>

/** There may be a hundred; `GET /v1/models` lists all. */
const NAMED_MODELS = 8

/**
 * A 404 for a model that the key or its group does not allow: it says which, and what may be requested instead. Null when both
 * allow it.
 */
export function modelRefusal(client: Client, model: string): GatewayError | null {
  return mayAskFor(client, model) ? null : modelRefused(model, problemOf(client, model), factsOf(client))
}

function problemOf({ key, group }: Client, model: string): string {
  const keyAllows = mayAskFor({ key, group: { ...group, allowedModels: null } }, model)
  const where = keyAllows ? `in the group ${group.name} of this API key` : `for this API key (${key.name})`
  return `is not allowed ${where}, which may use ${named(allowedModels({ key, group }))}`
}

/** The models that all lists allow: one may name a model with its date, another without. */
function allowedModels(client: Pick<Client, 'key' | 'group'>): string[] {
  return [...new Set(modelListsOf(client).flat())].filter((model) => mayAskFor(client, model))
}

function named(models: readonly string[]): string {
  if (models.length === 0) return 'none: no model is allowed both by the key and by its group'
  const more = models.length - NAMED_MODELS
  return `only ${models.slice(0, NAMED_MODELS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
