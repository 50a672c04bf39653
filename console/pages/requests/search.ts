import type { paths } from '../../api/schema.ts'
import { readFilters, readZone, type UsageFilters } from '../usage/search.ts'

type Query = NonNullable<paths['/admin/v1/usage-events']['get']['parameters']['query']>
type OneOf<T> = T extends readonly (infer Item)[] ? Item : T
export type Outcome = OneOf<NonNullable<Query['outcome']>>
export type Basis = OneOf<NonNullable<Query['basis']>>

/** How an attempt ended, in words. */
export const OUTCOMES: Record<Outcome, string> = {
  completed: 'completed',
  client_closed: 'client hung up',
  upstream_error: 'upstream error',
  upstream_cut: 'upstream broke off',
  interrupted: 'Sluice was killed'
}

/** The outcomes that the sums count as errors. */
export const ERRORS: Outcome[] = ['upstream_error', 'upstream_cut', 'interrupted']

/** What its numbers are based on. */
export const BASES: Record<Basis, string> = {
  final: 'final',
  partial: 'partly estimated',
  unknown: 'unknown'
}

/** All that the page of requests shows, as it stands in the URL. */
export interface RequestsSearch extends UsageFilters {
  outcome?: Outcome[]
  basis?: Basis[]
  zone?: string
  /** Whether new ones appear by themselves. */
  live?: true
}

function someOf<Name extends string>(value: unknown, known: Record<Name, string>): Name[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return (Object.keys(known) as Name[]).filter((name) => values.includes(name))
}

export function readRequestsSearch(search: Record<string, unknown>): RequestsSearch {
  const outcome = someOf(search['outcome'], OUTCOMES)
  const basis = someOf(search['basis'], BASES)
  return {
    ...readFilters(search),
    ...readZone(search),
    ...(outcome.length === 0 ? {} : { outcome }),
    ...(basis.length === 0 ? {} : { basis }),
    ...(search['live'] === true ? { live: true } : {})
  }
}
