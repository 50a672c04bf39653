import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'
import { mayOperate } from '../../app/session.ts'
import { readPeopleSearch } from './search.ts'

export const peopleRoute = createRoute({
  getParentRoute: () => operators,
  path: '/people',
  validateSearch: readPeopleSearch,
  component: lazyRouteComponent(() => import('./people.tsx'), 'People')
})

export const addPeopleRoute = createRoute({
  getParentRoute: () => operators,
  path: '/people/add',
  beforeLoad({ context: { session } }) {
    if (!mayOperate(session)) throw redirect({ to: '/people' })
  },
  component: lazyRouteComponent(() => import('./add-people.tsx'), 'AddPeople')
})

export const personRoute = createRoute({
  getParentRoute: () => operators,
  path: '/people/$id',
  component: lazyRouteComponent(() => import('./person.tsx'), 'Person')
})
