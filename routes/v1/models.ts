import type { FastifyInstance } from 'fastify'
import { factsOf } from '../../services/gateway/request/client-recognition.ts'
import { modelRefusal } from '../../services/gateway/request/model-check.ts'
import { GatewayError, modelNotFound, modelRefused } from '../../services/platform/gateway-errors.ts'
import { entryFor, normalId } from '../../services/money/prices/model-ids.ts'
import type { ListedModel } from '../../services/money/prices/price-book.ts'
import { mayAskFor, type ClientKeyRecord } from '../../services/resources/records/client-keys.ts'
import { object, text, textOrNull } from './schemas.ts'

const MODEL = object({ id: text, type: text, display_name: text, created_at: text })
const LIST = object({
  object: text,
  data: { type: 'array', items: MODEL },
  first_id: textOrNull,
  last_id: textOrNull,
  has_more: { type: 'boolean' }
})

/** The API gives this date to models whose date is not known. */
const UNKNOWN_DATE = new Date(0)

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1000

const PAGING = object(
  { limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, after_id: text, before_id: text },
  []
)

interface Paging {
  limit: number
  afterId: string | undefined
  beforeId: string | undefined
}

/** Read by hand: a validator of schemas takes longer to load than the rest of the gateway. */
function pagingOf(query: Record<string, unknown>): Paging {
  const { limit = String(DEFAULT_LIMIT) } = query
  const wanted = typeof limit === 'string' && /^\d{1,4}$/.test(limit) ? Number(limit) : 0
  if (wanted < 1 || wanted > MAX_LIMIT)
    throw new GatewayError(400, 'invalid_request_error', `limit must be a whole number from 1 to ${MAX_LIMIT}`)
  return { limit: wanted, afterId: textOf(query, 'after_id'), beforeId: textOf(query, 'before_id') }
}

function textOf(query: Record<string, unknown>, name: string): string | undefined {
  const value = query[name]
  if (value === undefined || typeof value === 'string') return value
  throw new GatewayError(400, 'invalid_request_error', `${name} must be given once`)
}

function modelObject({ id, displayName, createdAt }: ListedModel) {
  return { id, type: 'model', display_name: displayName, created_at: createdAt.toISOString() }
}

function meant(models: readonly ListedModel[], name: string): ListedModel | undefined {
  const entry = entryFor(
    models.map(({ id }) => id),
    name
  )
  return models.find(({ id }) => id === entry)
}

/** The part of the list between the cursors, in the list's order (Models API: newest first, `before_id` pages back). */
function pageOf(models: ListedModel[], limit: number, afterId: string | undefined, beforeId: string | undefined) {
  const position = (id: string) => {
    const at = models.findIndex((model) => model.id === id)
    if (at < 0)
      throw new GatewayError(400, 'invalid_request_error', 'Invalid cursor: after_id and before_id are ids of listed models')
    return at
  }
  if (beforeId !== undefined) {
    const end = position(beforeId)
    const start = Math.max(0, end - limit)
    return { page: models.slice(start, end), hasMore: start > 0 }
  }
  const start = afterId === undefined ? 0 : position(afterId) + 1
  return { page: models.slice(start, start + limit), hasMore: start + limit < models.length }
}

/** `GET /v1/models` and `/v1/models/{id}`: what the key and its group may use and its accounts serve, from the price book. */
export default async function models(app: FastifyInstance) {
  /** Names that only a mapping knows are listed beside the model that stands behind them. */
  async function modelsFor(client: ClientKeyRecord): Promise<ListedModel[]> {
    const { group, user } = client
    const { serves, mappedNames } = await app.accountDirectory.offerFor(group, user.id)
    const known = app.prices.current().models()
    const aliases = [...mappedNames]
      .filter(([name]) => !known.some(({ id }) => normalId(id) === normalId(name)))
      .map(([name, actual]) => ({
        id: name,
        displayName: name,
        createdAt: meant(known, actual)?.createdAt ?? UNKNOWN_DATE
      }))
    return [...known.filter(({ id }) => serves(id)), ...aliases]
      .filter(({ id }) => mayAskFor(client, id))
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
  }

  const listing = { summary: 'Lists the models that a key may use, newest first', querystring: PAGING, response: { 200: LIST } }
  app.get<{ Querystring: Record<string, unknown> }>('/models', { schema: listing }, async (request) => {
    const { limit, afterId, beforeId } = pagingOf(request.query)
    const client = await app.clients.allowedClientOf(request)
    const { page, hasMore } = pageOf(await modelsFor(client), limit, afterId, beforeId)
    return {
      object: 'list',
      data: page.map(modelObject),
      first_id: page.at(0)?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
      has_more: hasMore
    }
  })

  const showing = { summary: 'Shows a model that a key may use', params: object({ id: text }), response: { 200: MODEL } }
  app.get<{ Params: { id: string } }>('/models/:id', { schema: showing }, async (request) => {
    const client = await app.clients.allowedClientOf(request)
    const { id } = request.params
    const model = meant(await modelsFor(client), id)
    if (model !== undefined) return modelObject(model)
    const refusal = modelRefusal(client, id)
    if (refusal !== null) throw refusal
    if (meant(app.prices.current().models(), id) === undefined) throw modelNotFound(id)
    throw modelRefused(id, `is not served by any account of group ${client.group.name}`, factsOf(client))
  })
}
