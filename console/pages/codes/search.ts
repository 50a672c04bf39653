export const KINDS = ['balance', 'subscription'] as const
export const STATUSES = ['open', 'redeemed', 'revoked', 'expired'] as const

export interface CodeFilters {
  kind?: (typeof KINDS)[number]
  status?: (typeof STATUSES)[number]
}

const oneOf = <const T extends string>(values: readonly T[], value: unknown) => values.find((known) => known === value)

/** The filters of a URL; what cannot be one is left out. */
export function readCodeFilters({ kind, status }: Record<string, unknown>): CodeFilters {
  const [aKind, aStatus] = [oneOf(KINDS, kind), oneOf(STATUSES, status)]
  return { ...(aKind === undefined ? {} : { kind: aKind }), ...(aStatus === undefined ? {} : { status: aStatus }) }
}
