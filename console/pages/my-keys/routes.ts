import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { users } from '../../app/parents.tsx'

export const myKeysRoute = createRoute({
  getParentRoute: () => users,
  path: '/my/keys',
  /** `revoked`: those too. */
  validateSearch: ({ revoked }: Record<string, unknown>): { revoked?: true } => (revoked === true ? { revoked } : {}),
  component: lazyRouteComponent(() => import('./my-keys.tsx'), 'MyKeys')
})
