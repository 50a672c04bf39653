import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'

export const settingsRoute = createRoute({
  getParentRoute: () => operators,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings.tsx'), 'Settings')
})
