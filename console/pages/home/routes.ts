import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { users } from '../../app/parents.tsx'

export const homeRoute = createRoute({
  getParentRoute: () => users,
  path: '/home',
  component: lazyRouteComponent(() => import('./home.tsx'), 'Home')
})
