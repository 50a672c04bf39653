import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators, users } from '../../app/parents.tsx'
import { readUsageSearch } from './search.ts'

const load = () => import('./usage.tsx')

export const usageRoute = createRoute({
  getParentRoute: () => operators,
  path: '/usage',
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(load, 'Usage')
})

export const myUsageRoute = createRoute({
  getParentRoute: () => users,
  path: '/my/usage',
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(load, 'MyUsage')
})
