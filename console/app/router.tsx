import type { QueryClient } from '@tanstack/react-query'
import { createRoute, createRouter, lazyRouteComponent as lazy, redirect } from '@tanstack/react-router'
import { BASE_PATH } from '../api/client.ts'
import { readAuditFilters } from '../pages/audit/search.ts'
import { readCodeFilters } from '../pages/codes/search.ts'
import { DEVICE_PATH, readCode } from '../pages/device/code.ts'
import { readKeysSearch } from '../pages/my-keys/search.ts'
import { readPausesSearch } from '../pages/pauses/search.ts'
import { readPeopleSearch } from '../pages/people/search.ts'
import { readRequestsSearch } from '../pages/requests/search.ts'
import { readUsageSearch } from '../pages/usage/search.ts'
import { readSearched } from '../parts/search.ts'
import { Failed, NotFound } from './failed.tsx'
import { loadSession, mayOperate } from './session.ts'
import { enter, operators, pagesOf, root, signedIn, signedInAgain, signIn, start, users } from './parents.tsx'

const everyones = pagesOf(signedIn)
const operatorsOnly = pagesOf(operators)
const own = pagesOf(users)

const addPeople = createRoute({
  getParentRoute: () => operators,
  path: '/people/add',
  beforeLoad({ context: { session } }) {
    if (!mayOperate(session)) throw redirect({ to: '/people' })
  },
  component: lazy(() => import('../pages/people/add-people.tsx'), 'AddPeople')
})

const newAccount = createRoute({
  getParentRoute: () => operators,
  path: '/accounts/new',
  beforeLoad({ context: { session } }) {
    if (!mayOperate(session)) throw redirect({ to: '/accounts' })
  },
  component: lazy(() => import('../pages/accounts/new-account.tsx'), 'NewAccount')
})

const changeAccount = createRoute({
  getParentRoute: () => operators,
  path: '/accounts/$id/change',
  beforeLoad({ context: { session }, params }) {
    if (!mayOperate(session)) throw redirect({ to: '/accounts/$id', params })
  },
  component: lazy(() => import('../pages/accounts/change-account.tsx'), 'ChangeAccount')
})

const routes = root.addChildren([
  signIn,
  enter,
  signedInAgain,
  signedIn.addChildren([
    start,
    everyones(
      DEVICE_PATH,
      lazy(() => import('../pages/device/device.tsx'), 'Device'),
      readCode
    ),
    operators.addChildren([
      operatorsOnly(
        '/now',
        lazy(() => import('../pages/now/now.tsx'), 'Now')
      ),
      operatorsOnly(
        '/usage',
        lazy(() => import('../pages/usage/usage.tsx'), 'Usage'),
        readUsageSearch
      ),
      operatorsOnly(
        '/requests',
        lazy(() => import('../pages/requests/requests.tsx'), 'Requests'),
        readRequestsSearch
      ),
      operatorsOnly(
        '/requests/$id',
        lazy(() => import('../pages/requests/why.tsx'), 'Why')
      ),
      operatorsOnly(
        '/people',
        lazy(() => import('../pages/people/people.tsx'), 'People'),
        readPeopleSearch
      ),
      addPeople,
      operatorsOnly(
        '/people/$id',
        lazy(() => import('../pages/people/person.tsx'), 'Person')
      ),
      operatorsOnly(
        '/groups',
        lazy(() => import('../pages/groups/groups.tsx'), 'Groups'),
        readSearched
      ),
      operatorsOnly(
        '/groups/$id',
        lazy(() => import('../pages/groups/group.tsx'), 'GroupPage')
      ),
      operatorsOnly(
        '/teams',
        lazy(() => import('../pages/teams/teams.tsx'), 'Teams'),
        readSearched
      ),
      operatorsOnly(
        '/teams/$id',
        lazy(() => import('../pages/teams/team.tsx'), 'TeamPage')
      ),
      operatorsOnly(
        '/pauses',
        lazy(() => import('../pages/pauses/pauses.tsx'), 'Pauses'),
        readPausesSearch
      ),
      operatorsOnly(
        '/accounts',
        lazy(() => import('../pages/accounts/accounts.tsx'), 'Accounts'),
        readSearched
      ),
      newAccount,
      operatorsOnly(
        '/accounts/$id',
        lazy(() => import('../pages/accounts/account.tsx'), 'Account')
      ),
      changeAccount,
      operatorsOnly(
        '/proxies',
        lazy(() => import('../pages/proxies/proxies.tsx'), 'Proxies')
      ),
      operatorsOnly(
        '/prices',
        lazy(() => import('../pages/prices/prices.tsx'), 'Prices')
      ),
      operatorsOnly(
        '/codes',
        lazy(() => import('../pages/codes/codes.tsx'), 'Codes'),
        readCodeFilters
      ),
      operatorsOnly(
        '/audit',
        lazy(() => import('../pages/audit/audit.tsx'), 'Audit'),
        readAuditFilters
      ),
      operatorsOnly(
        '/settings',
        lazy(() => import('../pages/settings/settings.tsx'), 'Settings')
      ),
      operatorsOnly(
        '/trust',
        lazy(() => import('../pages/trust/trust.tsx'), 'Trust')
      )
    ]),
    users.addChildren([
      own(
        '/home',
        lazy(() => import('../pages/home/home.tsx'), 'Home')
      ),
      own(
        '/my/keys',
        lazy(() => import('../pages/my-keys/my-keys.tsx'), 'MyKeys'),
        readKeysSearch
      ),
      own(
        '/my/teams',
        lazy(() => import('../pages/my-teams/my-teams.tsx'), 'MyTeams')
      ),
      own(
        '/my/teams/$id',
        lazy(() => import('../pages/my-teams/led-team.tsx'), 'LedTeam')
      ),
      own(
        '/my/usage',
        lazy(() => import('../pages/usage/usage.tsx'), 'MyUsage'),
        readUsageSearch
      ),
      own(
        '/my/requests',
        lazy(() => import('../pages/requests/requests.tsx'), 'MyRequests'),
        readRequestsSearch
      ),
      own(
        '/my/requests/$id',
        lazy(() => import('../pages/requests/why.tsx'), 'MyWhy')
      ),
      own(
        '/redeem',
        lazy(() => import('../pages/redeem/redeem.tsx'), 'Redeem')
      ),
      own(
        '/sessions',
        lazy(() => import('../pages/sessions/sessions.tsx'), 'Sessions')
      )
    ])
  ])
])

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    basepath: BASE_PATH,
    context: { queries },
    defaultPreload: 'intent',
    defaultErrorComponent: Failed,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true
  })
}

/** Asks for what the page is made of, and for who is there, without waiting until the one is known and the frame is drawn. */
export function hurry(router: ReturnType<typeof createAppRouter>, queries: QueryClient): void {
  const [matched] = router.getMatchedRoutes(router.latestLocation.pathname)
  // Where either fails, the router comes upon it, too.
  if (matched.some(({ id }) => id === signedIn.id)) loadSession(queries).catch(() => {})
  for (const { options } of matched) void options.component?.preload?.()
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
