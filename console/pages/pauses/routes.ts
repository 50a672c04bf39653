import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'
import { readSearched, type Searched } from '../../parts/search.ts'

export interface PausesSearch extends Searched {
  /** Those that are over, too. */
  over?: true
}

export const pausesRoute = createRoute({
  getParentRoute: () => operators,
  path: '/pauses',
  validateSearch: (search: Record<string, unknown>): PausesSearch => ({
    ...readSearched(search),
    ...(search['over'] === true ? { over: true } : {})
  }),
  component: lazyRouteComponent(() => import('./pauses.tsx'), 'Pauses')
})
