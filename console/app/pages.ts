import type { Session } from './session.ts'
import { isOperator } from './session.ts'

/** A page as the navigation shows it. */
export interface PageLink {
  to: string
  label: string
  /** What ⌘K finds it by, too. */
  about: string
}

export const OPERATOR_PAGES: readonly PageLink[] = [
  { to: '/now', label: 'Now', about: 'in flight, waiting, accounts, replicas' },
  { to: '/usage', label: 'Usage', about: 'cost, tokens, requests by user, model, day' },
  { to: '/requests', label: 'Requests', about: 'usage events, why a request went as it did' },
  { to: '/people', label: 'People', about: 'users, keys, balances, limits, subscriptions' },
  { to: '/groups', label: 'Groups', about: 'who is served by which accounts' },
  { to: '/teams', label: 'Teams', about: 'shared budgets, members, guarantees, raises' },
  { to: '/pauses', label: 'Pauses', about: 'what brakes have paused, runaway sessions, resume' },
  { to: '/accounts', label: 'Accounts', about: 'upstream accounts, cooldowns, sign-in, model mapping' },
  { to: '/proxies', label: 'Proxies', about: 'ways to the upstream' },
  { to: '/prices', label: 'Prices', about: 'price book, overrides, unknown models, re-rating' },
  { to: '/codes', label: 'Codes', about: 'redeem codes' },
  { to: '/audit', label: 'Audit', about: 'who changed what' },
  { to: '/settings', label: 'Settings', about: 'settings in force' },
  { to: '/trust', label: 'Trust', about: 'ledger verified, reconciliation by day, journals, outages' }
]

/** Only for whoever is in one. */
export const MY_TEAMS: PageLink = {
  to: '/my/teams',
  label: 'My teams',
  about: 'shared budgets, own share; for leads: members, keys, raises'
}

export const OWN_PAGES: readonly PageLink[] = [
  { to: '/home', label: 'Home', about: 'what is left, how to connect' },
  { to: '/my/keys', label: 'Keys', about: 'own keys' },
  { to: '/my/usage', label: 'My usage', about: 'own cost, tokens, requests' },
  { to: '/my/requests', label: 'My requests', about: 'own usage events' },
  { to: '/redeem', label: 'Redeem', about: 'redeem a code' },
  { to: '/sessions', label: 'Sessions', about: 'sign-ins, tools such as Claude Code, password, sign out everywhere' }
]

/** Where somebody begins. */
export const startOf = (session: Session) => (isOperator(session) ? '/now' : '/home')
