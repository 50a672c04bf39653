import type { QueryClient } from '@tanstack/react-query'
import { createRouter } from '@tanstack/react-router'
import { BASE_PATH } from '../api/client.ts'
import { readAuditFilters } from '../pages/audit/search.ts'
import { readCodeFilters } from '../pages/codes/search.ts'
import { DEVICE_PATH, readCode } from '../pages/device/code.ts'
import { readKeysSearch } from '../pages/my-keys/search.ts'
import { readPausesSearch } from '../pages/pauses/search.ts'
import { readPeopleSearch } from '../pages/people/search.ts'
import { readRequestsSearch } from '../pages/requests/search.ts'
import { readUsageSearch } from '../pages/usage/search.ts'
import { askAhead } from '../pages/usage/summary-query.ts'
import { readSearched } from '../parts/search.ts'
import { Failed, NotFound } from './failed.tsx'
import { loadSession } from './session.ts'
import { changers, enter, operators, pagesOf, root, signedIn, signedInAgain, signIn, start, users } from './parents.tsx'

const everyones = pagesOf(signedIn)
const operatorsOnly = pagesOf(operators)
const changersOnly = pagesOf(changers)
const own = pagesOf(users)

const routes = root.addChildren([
  signIn,
  enter,
  signedInAgain,
  signedIn.addChildren([
    start,
    everyones(DEVICE_PATH, () => import('../pages/device/device.tsx'), 'Device', readCode),
    operators.addChildren([
      operatorsOnly('/now', () => import('../pages/now/now.tsx'), 'Now'),
      operatorsOnly('/usage', () => import('../pages/usage/usage.tsx'), 'Usage', readUsageSearch, askAhead('all')),
      operatorsOnly('/requests', () => import('../pages/requests/requests.tsx'), 'Requests', readRequestsSearch),
      operatorsOnly('/requests/$id', () => import('../pages/requests/why.tsx'), 'Why'),
      operatorsOnly('/people', () => import('../pages/people/people.tsx'), 'People', readPeopleSearch),
      operatorsOnly('/people/$id', () => import('../pages/people/person.tsx'), 'Person'),
      operatorsOnly('/groups', () => import('../pages/groups/groups.tsx'), 'Groups', readSearched),
      operatorsOnly('/groups/$id', () => import('../pages/groups/group.tsx'), 'GroupPage'),
      operatorsOnly('/teams', () => import('../pages/teams/teams.tsx'), 'Teams', readSearched),
      operatorsOnly('/teams/$id', () => import('../pages/teams/team.tsx'), 'TeamPage'),
      operatorsOnly('/pauses', () => import('../pages/pauses/pauses.tsx'), 'Pauses', readPausesSearch),
      operatorsOnly('/accounts', () => import('../pages/accounts/accounts.tsx'), 'Accounts', readSearched),
      operatorsOnly('/accounts/$id', () => import('../pages/accounts/account.tsx'), 'Account'),
      operatorsOnly('/proxies', () => import('../pages/proxies/proxies.tsx'), 'Proxies'),
      operatorsOnly('/prices', () => import('../pages/prices/prices.tsx'), 'Prices'),
      operatorsOnly('/codes', () => import('../pages/codes/codes.tsx'), 'Codes', readCodeFilters),
      operatorsOnly('/audit', () => import('../pages/audit/audit.tsx'), 'Audit', readAuditFilters),
      operatorsOnly('/settings', () => import('../pages/settings/settings.tsx'), 'Settings'),
      operatorsOnly('/trust', () => import('../pages/trust/trust.tsx'), 'Trust'),
      changers.addChildren([
        changersOnly('/people/add', () => import('../pages/people/add-people.tsx'), 'AddPeople'),
        changersOnly('/accounts/new', () => import('../pages/accounts/new-account.tsx'), 'NewAccount'),
        changersOnly('/accounts/$id/change', () => import('../pages/accounts/change-account.tsx'), 'ChangeAccount')
      ])
    ]),
    users.addChildren([
      own('/home', () => import('../pages/home/home.tsx'), 'Home'),
      own('/my/keys', () => import('../pages/my-keys/my-keys.tsx'), 'MyKeys', readKeysSearch),
      own('/my/teams', () => import('../pages/my-teams/my-teams.tsx'), 'MyTeams'),
      own('/my/teams/$id', () => import('../pages/my-teams/led-team.tsx'), 'LedTeam'),
      own('/my/usage', () => import('../pages/usage/usage.tsx'), 'MyUsage', readUsageSearch, askAhead('own')),
      own('/my/requests', () => import('../pages/requests/requests.tsx'), 'MyRequests', readRequestsSearch),
      own('/my/requests/$id', () => import('../pages/requests/why.tsx'), 'MyWhy'),
      own('/redeem', () => import('../pages/redeem/redeem.tsx'), 'Redeem'),
      own('/sessions', () => import('../pages/sessions/sessions.tsx'), 'Sessions')
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
