import { parseUsd } from '../../money/prices/money.ts'
import type { QuotaLimits } from '../../money/billing/quota-windows.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** The part of a group that requests of its keys need. */
export interface GroupRecord {
  id: string
  name: string
  kind: 'balance' | 'subscription'
  status: 'active' | 'disabled'
  /** A decimal string with at most six decimals. */
  rateMultiplier: string
  limits: Required<QuotaLimits>
  windowAnchor: 'first-use' | 'calendar'
  timeZone: string
  /** Null allows all. */
  allowedModels: string[] | null
  /** Requested model to actual model, for accounts without a mapping of their own. */
  modelMapping: Record<string, string>
}

interface LimitColumns {
  dayLimit: string | null
  weekLimit: string | null
  monthLimit: string | null
}

export function toLimits(row: LimitColumns): Required<QuotaLimits> {
  return { day: toNano(row.dayLimit), week: toNano(row.weekLimit), month: toNano(row.monthLimit) }
}

const toNano = (usd: string | null) => (usd === null ? null : parseUsd(usd))

/** Until the transaction ends, nobody else changes groups or holds this lock; groups can still be read and referred to. */
export async function lockGroups(client: Queryable): Promise<void> {
  await client.query('lock table groups in share row exclusive mode')
}
