import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'

export const pricesRoute = createRoute({
  getParentRoute: () => operators,
  path: '/prices',
  component: lazyRouteComponent(() => import('./prices.tsx'), 'Prices')
})
