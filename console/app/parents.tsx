import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  redirect,
  type AnyRoute,
  type ResolveFullPath,
  type ResolveId
} from '@tanstack/react-router'
import { Failed, NotFound } from './failed.tsx'
import { startOf } from './pages.ts'
import { SIGNED_IN_PATH } from './other-tabs.ts'
import { forgetSession, isOperator, loadSession, mayOperate, type Session } from './session.ts'
import { Shell } from './shell.tsx'

interface Context {
  queries: QueryClient
}

export const root = createRootRouteWithContext<Context>()({ errorComponent: Failed, notFoundComponent: NotFound })

/** Which page somebody wanted who must sign in first. */
interface Wanted {
  next?: string
  /** Why a provider's sign-in failed: one of a fixed list. */
  problem?: string
}

export const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ({ next, problem }: Record<string, unknown>): Wanted => ({
    ...(typeof next === 'string' ? { next } : {}),
    ...(typeof problem === 'string' ? { problem } : {})
  }),
  component: lazyRouteComponent(() => import('../pages/sign-in.tsx'), 'SignIn')
})

export const enter = createRoute({
  getParentRoute: () => root,
  path: '/enter',
  component: lazyRouteComponent(() => import('../pages/enter.tsx'), 'Enter')
})

/** Where a sign-in ends that was begun in another tab. */
export const signedInAgain = createRoute({
  getParentRoute: () => root,
  path: SIGNED_IN_PATH,
  async beforeLoad({ context: { queries } }) {
    if ((await loadSession(queries)) === null) throw redirect({ to: '/sign-in', search: { next: SIGNED_IN_PATH } })
  },
  component: lazyRouteComponent(() => import('../pages/signed-in-again.tsx'), 'SignedInAgain')
})

/** All pages of somebody who has signed in. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: Shell,
  errorComponent: Failed,
  async beforeLoad({ context: { queries }, location }): Promise<{ session: Session }> {
    const session = await loadSession(queries)
    if (session !== null) return { session }
    forgetSession(queries)
    throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href } })
  }
})

export const start = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad({ context: { session } }) {
    throw redirect({ to: startOf(session) })
  }
})

export const operators = createRoute({
  getParentRoute: () => signedIn,
  id: 'operators',
  beforeLoad({ context: { session } }) {
    // A role that was taken away meanwhile: the pages are not theirs any more.
    if (!isOperator(session)) throw redirect({ to: '/home' })
  }
})

/** Pages to change something on, each below the page of what it changes. */
export const changers = createRoute({
  getParentRoute: () => operators,
  id: 'changers',
  beforeLoad({ context: { session }, location: { pathname } }) {
    if (!mayOperate(session)) throw redirect({ to: pathname.slice(0, pathname.lastIndexOf('/')) })
  }
})

export const users = createRoute({
  getParentRoute: () => signedIn,
  id: 'users',
  beforeLoad({ context: { session } }) {
    if (!session.is_user) throw redirect({ to: '/now' })
  }
})

/** What a reader of the address makes of it. */
type Read<Validator> = Validator extends (search: Record<string, unknown>) => infer Search ? Search : never

/**
 * Makes the pages below a parent, each loaded when it is first shown: the component that its module exports by that name. `askAhead` asks
 * for what a page will show, with what its address has, while its module is loaded.
 */
export const pagesOf =
  <Parent extends AnyRoute>(parent: Parent) =>
  <const Path extends string, Module extends object, Validator = undefined>(
    path: Path,
    load: () => Promise<Module>,
    name: keyof Module & string,
    validateSearch?: Validator,
    askAhead?: (queries: QueryClient, search: Read<Validator>) => void
  ) =>
    createRoute<unknown, Parent, Path, ResolveFullPath<Parent, Path>, string, ResolveId<Parent, string, Path>, Validator>({
      getParentRoute: () => parent,
      path,
      component: lazyRouteComponent(load, name),
      validateSearch,
      // Here, and not in a loader, it is known already who is there, and that they may see it.
      beforeLoad: ({ context, search }: { context: Context; search: Read<Validator> }) => askAhead?.(context.queries, search)
    } as never)
