import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'
import { readSearched } from '../../parts/search.ts'

export const groupsRoute = createRoute({
  getParentRoute: () => operators,
  path: '/groups',
  validateSearch: readSearched,
  component: lazyRouteComponent(() => import('./groups.tsx'), 'Groups')
})

export const groupRoute = createRoute({
  getParentRoute: () => operators,
  path: '/groups/$id',
  component: lazyRouteComponent(() => import('./group.tsx'), 'GroupPage')
})
