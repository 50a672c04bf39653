import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { operators } from '../../app/parents.tsx'

export const KINDS = ['balance', 'subscription'] as const
export const STATUSES = ['open', 'redeemed', 'revoked', 'expired'] as const

export interface CodeFilters {
  kind?: (typeof KINDS)[number]
  status?: (typeof STATUSES)[number]
}

const oneOf = <const T extends string>(values: readonly T[], value: unknown) => values.find((known) => known === value)

export const codesRoute = createRoute({
  getParentRoute: () => operators,
  path: '/codes',
  validateSearch({ kind, status }: Record<string, unknown>): CodeFilters {
    const [aKind, aStatus] = [oneOf(KINDS, kind), oneOf(STATUSES, status)]
    return { ...(aKind === undefined ? {} : { kind: aKind }), ...(aStatus === undefined ? {} : { status: aStatus }) }
  },
  component: lazyRouteComponent(() => import('./codes.tsx'), 'Codes')
})
