import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'
import { readSearched } from '../../parts/search.ts'

export const teamsRoute = createRoute({
  getParentRoute: () => operators,
  path: '/teams',
  validateSearch: readSearched,
  component: lazyRouteComponent(() => import('./teams.tsx'), 'Teams')
})

export const teamRoute = createRoute({
  getParentRoute: () => operators,
  path: '/teams/$id',
  component: lazyRouteComponent(() => import('./team.tsx'), 'TeamPage')
})
