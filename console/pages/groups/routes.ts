import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'

export const groupsRoute = createRoute({
  getParentRoute: () => operators,
  path: '/groups',
  component: lazyRouteComponent(() => import('./groups.tsx'), 'Groups')
})

export const groupRoute = createRoute({
  getParentRoute: () => operators,
  path: '/groups/$id',
  component: lazyRouteComponent(() => import('./group.tsx'), 'GroupPage')
})
