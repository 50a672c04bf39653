import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'
import { mayOperate } from '../../app/session.ts'
import { readSearched } from '../../parts/search.ts'

export const accountsRoute = createRoute({
  getParentRoute: () => operators,
  path: '/accounts',
  validateSearch: readSearched,
  component: lazyRouteComponent(() => import('./accounts.tsx'), 'Accounts')
})

export const newAccountRoute = createRoute({
  getParentRoute: () => operators,
  path: '/accounts/new',
  beforeLoad({ context: { session } }) {
    if (!mayOperate(session)) throw redirect({ to: '/accounts' })
  },
  component: lazyRouteComponent(() => import('./new-account.tsx'), 'NewAccount')
})

export const accountRoute = createRoute({
  getParentRoute: () => operators,
  path: '/accounts/$id',
  component: lazyRouteComponent(() => import('./account.tsx'), 'Account')
})

export const changeAccountRoute = createRoute({
  getParentRoute: () => operators,
  path: '/accounts/$id/change',
  beforeLoad({ context: { session }, params }) {
    if (!mayOperate(session)) throw redirect({ to: '/accounts/$id', params })
  },
  component: lazyRouteComponent(() => import('./change-account.tsx'), 'ChangeAccount')
})
