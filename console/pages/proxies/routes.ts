import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'

export const proxiesRoute = createRoute({
  getParentRoute: () => operators,
  path: '/proxies',
  component: lazyRouteComponent(() => import('./proxies.tsx'), 'Proxies')
})
