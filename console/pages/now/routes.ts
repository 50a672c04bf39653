import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'

export const nowRoute = createRoute({
  getParentRoute: () => operators,
  path: '/now',
  component: lazyRouteComponent(() => import('./now.tsx'), 'Now')
})
