import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { users } from '../../app/parents.tsx'

export const sessionsRoute = createRoute({
  getParentRoute: () => users,
  path: '/sessions',
  component: lazyRouteComponent(() => import('./sessions.tsx'), 'Sessions')
})
