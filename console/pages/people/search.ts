import type { paths } from '../../api/schema.ts'
import { readSearched, type Searched } from '../../parts/search.ts'

type Query = NonNullable<paths['/admin/v1/users']['get']['parameters']['query']>

export type PeopleSort = NonNullable<Query['sort']>

/** What the list shows, as it stands in the URL. */
export interface PeopleSearch extends Searched {
  sort?: PeopleSort
}

/** By what the API sorts people, each also with - before it. */
const SORTED = [
  'email',
  'role',
  'status',
  'concurrency',
  'balance_usd',
  'spend_today',
  'spend_month',
  'last_used_at'
] satisfies PeopleSort[]

const isSort = (sort: unknown): sort is PeopleSort =>
  typeof sort === 'string' && (SORTED as string[]).includes(sort.replace(/^-/, ''))

const readSort = (sort: unknown): { sort?: PeopleSort } => (isSort(sort) ? { sort } : {})

export const readPeopleSearch = (search: Record<string, unknown>): PeopleSearch => ({
  ...readSearched(search),
  ...readSort(search['sort'])
})
