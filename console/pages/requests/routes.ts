import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators, users } from '../../app/parents.tsx'
import { readRequestsSearch } from './search.ts'

const list = () => import('./requests.tsx')
const why = () => import('./why.tsx')

const requestsRoute = createRoute({
  getParentRoute: () => operators,
  path: '/requests',
  validateSearch: readRequestsSearch,
  component: lazyRouteComponent(list, 'Requests')
})

const myRequestsRoute = createRoute({
  getParentRoute: () => users,
  path: '/my/requests',
  validateSearch: readRequestsSearch,
  component: lazyRouteComponent(list, 'MyRequests')
})

const whyRoute = createRoute({
  getParentRoute: () => operators,
  path: '/requests/$id',
  component: lazyRouteComponent(why, 'Why')
})

const myWhyRoute = createRoute({
  getParentRoute: () => users,
  path: '/my/requests/$id',
  component: lazyRouteComponent(why, 'MyWhy')
})

export const requestRoutes = [requestsRoute, whyRoute] as const
export const myRequestRoutes = [myRequestsRoute, myWhyRoute] as const
