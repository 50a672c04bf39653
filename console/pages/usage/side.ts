import type { Dimension } from './members.ts'
import type { FilterName } from './search.ts'

/** Whose usage a page shows: everybody's to operators, or one's own, which is not told by accounts. */
export type Side = 'all' | 'own'

export const SIDE_DIMENSIONS: Record<Side, readonly Dimension[]> = {
  all: ['user', 'key', 'group', 'account', 'team', 'model', 'day', 'hour'],
  own: ['key', 'group', 'team', 'model', 'day', 'hour']
}

export const SIDE_FILTERS: Record<Side, readonly FilterName[]> = {
  all: ['user', 'key', 'group', 'account', 'team', 'model'],
  own: ['key', 'group', 'team', 'model']
}
