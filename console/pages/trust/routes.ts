import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'

export const trustRoute = createRoute({
  getParentRoute: () => operators,
  path: '/trust',
  component: lazyRouteComponent(() => import('./trust.tsx'), 'Trust')
})
