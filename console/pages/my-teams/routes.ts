import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { users } from '../../app/parents.tsx'

export const myTeamsRoute = createRoute({
  getParentRoute: () => users,
  path: '/my/teams',
  component: lazyRouteComponent(() => import('./my-teams.tsx'), 'MyTeams')
})

export const myTeamRoute = createRoute({
  getParentRoute: () => users,
  path: '/my/teams/$id',
  component: lazyRouteComponent(() => import('./led-team.tsx'), 'LedTeam')
})
