import { billedModel } from '../../money/prices/attempt-price.ts'
import { isSameModel } from '../../money/prices/model-ids.ts'
import type { PriceBook, TokenPrices } from '../../money/prices/price-book.ts'
import { mayAskFor } from '../records/client-keys.ts'
import { upstreamModelsOf, type ModelRules } from './model-mapping.ts'

/** The fields of an account that decide about models. */
export interface RuledAccount extends ModelRules {
  /** The names of its groups. */
  groups: readonly string[]
}

export interface RuledGroup {
  name: string
  modelMapping: Record<string, string>
  allowedModels: string[] | null
}

interface PreviewOptions {
  account: RuledAccount
  /** All other accounts: a name that one of them accepts is served only by those that do. */
  others: readonly RuledAccount[]
  groups: readonly RuledGroup[]
  /** Recently requested models, the most frequent first, by group name. */
  asked: readonly { model: string; group: string }[]
  book: PriceBook
  /** Epoch milliseconds. */
  now: number
}

/** What happens to a requested model. */
export interface MappedModel {
  requested: string
  /** The groups for which this is true. */
  groups: string[]
  /** The model sent upstream; null when the account does not serve it. */
  sentAs: string | null
  /** Why it is not served; null when it is. */
  reason: string | null
  /** The price book's id of the model that it is charged as, unless the upstream reports another; null when there is no price. */
  pricedAs: string | null
  prices: TokenPrices | null
  isAskedLately: boolean
}

/**
 * What an account does with the existing models, those named by rules and those requested recently: the served ones first, the
 * most requested of them on top.
 */
export function previewMapping({ account, others, groups, asked, book, now }: PreviewOptions): MappedModel[] {
  const own = groups.filter(({ name }) => account.groups.includes(name))
  const askedHere = asked.filter(({ group }) => account.groups.includes(group)).map(({ model }) => model)
  const rows = namesOf(account, own, askedHere, book).flatMap((requested) => {
    const found = own.map((group) => ({ group: group.name, ...servedAs(account, others, group, requested) }))
    return [...Map.groupBy(found, ({ sentAs, reason }) => sentAs ?? ` ${reason}`).values()].map((same) => ({
      requested,
      groups: same.map(({ group }) => group),
      sentAs: same[0]!.sentAs,
      reason: same[0]!.reason,
      ...pricedAs(requested, same[0]!.sentAs, book, now),
      isAskedLately: askedHere.includes(requested)
    }))
  })
  // Sorting is stable.
  return rows.toSorted((a, b) => Number(a.sentAs === null) - Number(b.sentAs === null))
}

function namesOf(account: RuledAccount, groups: readonly RuledGroup[], asked: readonly string[], book: PriceBook): string[] {
  const ruled = [account, ...groups].flatMap(({ modelMapping }) => Object.keys(modelMapping))
  const named = [...asked, ...ruled, ...account.acceptedModels]
  // Of a model with two ids, one of them dated, the first in the book; rules and clients may use either.
  const listed = book.models().map(({ id }) => id)
  const known = listed.filter((id, at) => !listed.slice(0, at).some((earlier) => isSameModel(earlier, id)))
  return [...new Set([...named, ...known])]
}

function servedAs(account: RuledAccount, others: readonly RuledAccount[], group: RuledGroup, requested: string) {
  const refused = (reason: string) => ({ sentAs: null, reason })
  if (!mayAskFor({ key: { allowedModels: null, ownModels: null }, group }, requested)) {
    return refused(`not allowed in group ${group.name}`)
  }
  const peers = others.filter(({ groups }) => groups.includes(group.name))
  const sentAs = upstreamModelsOf([account, ...peers], group, requested).get(account)
  if (sentAs !== undefined) return { sentAs, reason: null }
  const isServedAlone = upstreamModelsOf([account], group, requested).has(account)
  return refused(isServedAlone ? 'left to the accounts that accept it' : 'not served by this account')
}

function pricedAs(requestedModel: string, upstreamModel: string | null, book: PriceBook, now: number) {
  if (upstreamModel === null) return { pricedAs: null, prices: null }
  const { known, id, price } = book.find(billedModel({ requestedModel, upstreamModel }, null), now)
  return known ? { pricedAs: id, prices: price.standard } : { pricedAs: null, prices: null }
}
