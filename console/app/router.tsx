import type { QueryClient } from '@tanstack/react-query'
import { createRouter } from '@tanstack/react-router'
import { BASE_PATH } from '../api/client.ts'
import { accountRoute, accountsRoute, changeAccountRoute, newAccountRoute } from '../pages/accounts/routes.ts'
import { auditRoute } from '../pages/audit/routes.ts'
import { codesRoute } from '../pages/codes/routes.ts'
import { deviceRoute } from '../pages/device/routes.ts'
import { groupRoute, groupsRoute } from '../pages/groups/routes.ts'
import { homeRoute } from '../pages/home/routes.ts'
import { myKeysRoute } from '../pages/my-keys/routes.ts'
import { myTeamRoute, myTeamsRoute } from '../pages/my-teams/routes.ts'
import { nowRoute } from '../pages/now/routes.ts'
import { pausesRoute } from '../pages/pauses/routes.ts'
import { addPeopleRoute, peopleRoute, personRoute } from '../pages/people/routes.ts'
import { pricesRoute } from '../pages/prices/routes.ts'
import { proxiesRoute } from '../pages/proxies/routes.ts'
import { redeemRoute } from '../pages/redeem/routes.ts'
import { myRequestRoutes, requestRoutes } from '../pages/requests/routes.ts'
import { sessionsRoute } from '../pages/sessions/routes.ts'
import { settingsRoute } from '../pages/settings/routes.ts'
import { teamRoute, teamsRoute } from '../pages/teams/routes.ts'
import { trustRoute } from '../pages/trust/routes.ts'
import { myUsageRoute, usageRoute } from '../pages/usage/routes.ts'
import { Failed, NotFound } from './failed.tsx'
import { loadSession } from './session.ts'
import { enter, operators, root, signedIn, signedInAgain, signIn, start, users } from './parents.tsx'

const routes = root.addChildren([
  signIn,
  enter,
  signedInAgain,
  signedIn.addChildren([
    start,
    deviceRoute,
    operators.addChildren([
      nowRoute,
      usageRoute,
      ...requestRoutes,
      peopleRoute,
      addPeopleRoute,
      personRoute,
      groupsRoute,
      groupRoute,
      teamsRoute,
      teamRoute,
      pausesRoute,
      accountsRoute,
      newAccountRoute,
      accountRoute,
      changeAccountRoute,
      proxiesRoute,
      pricesRoute,
      codesRoute,
      auditRoute,
      settingsRoute,
      trustRoute
    ]),
    users.addChildren([
      homeRoute,
      myKeysRoute,
      myTeamsRoute,
      myTeamRoute,
      myUsageRoute,
      ...myRequestRoutes,
      redeemRoute,
      sessionsRoute
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
