export const AUDIT_FILTERS = ['actor', 'action', 'subject', 'user', 'from', 'to'] as const

export type AuditFilters = Partial<Record<(typeof AUDIT_FILTERS)[number], string>>

/** The filters of a URL; what cannot be one is left out. */
export const readAuditFilters = (search: Record<string, unknown>): AuditFilters =>
  Object.fromEntries(
    AUDIT_FILTERS.flatMap((name) => {
      const value = search[name]
      // The router reads a number where somebody's subject is one.
      return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : []
    })
  )
