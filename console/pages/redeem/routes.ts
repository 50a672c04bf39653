import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { users } from '../../app/parents.tsx'

export const redeemRoute = createRoute({
  getParentRoute: () => users,
  path: '/redeem',
  component: lazyRouteComponent(() => import('./redeem.tsx'), 'Redeem')
})
