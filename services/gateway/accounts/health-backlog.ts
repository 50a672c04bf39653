import type { AuditEntry } from '../../resources/records/audit-log.ts'
import type { HealthChange } from './account-health.ts'
import type { AccountError, AccountWindow, Cooldown } from '../../resources/accounts/cooldowns.ts'

/** The new state of one cooldown of an account; `after` is null when it is removed. */
interface PendingCooldown {
  before: Cooldown | null
  after: Cooldown | null
  /** The latest end known here: a stored cooldown is replaced only if it ends no later. Null: replaced in any case. */
  knownUntil: number | null
}

/** The changes of one account that are not stored yet. */
export interface PendingHealth {
  accountId: string
  /** By kind and scope. */
  cooldowns: Map<string, PendingCooldown>
  error: AccountError | null
  windows: AccountWindow[] | null
  audits: AuditEntry[]
  /** Called when it is stored, or given up. */
  waiting: (() => void)[]
}

export function nothingPending(accountId: string): PendingHealth {
  return { accountId, cooldowns: new Map(), error: null, windows: null, audits: [], waiting: [] }
}

export function addChange(pending: PendingHealth, change: HealthChange, byOperator: boolean): void {
  if (change.type === 'windows') pending.windows = change.windows
  else if (change.type === 'error') pending.error = { reason: change.reason, signInEnded: change.signInEnded }
  else addCooldown(pending, change, byOperator)
}

/** Combines what could not be stored with what has come since. */
export function joinPending(earlier: PendingHealth, later: PendingHealth): PendingHealth {
  const joined: PendingHealth = {
    accountId: earlier.accountId,
    cooldowns: new Map(earlier.cooldowns),
    error: later.error ?? earlier.error,
    windows: later.windows ?? earlier.windows,
    audits: [...earlier.audits, ...later.audits],
    waiting: [...earlier.waiting, ...later.waiting]
  }
  for (const [key, cooldown] of later.cooldowns) joined.cooldowns.set(key, over(earlier.cooldowns.get(key), cooldown))
  return joined
}

type CooldownChange = Extract<HealthChange, { type: 'cooldown' }>

function addCooldown({ cooldowns }: PendingHealth, { before, after }: CooldownChange, byOperator: boolean): void {
  const cooldown = after ?? before
  if (cooldown === null) return
  const key = `${cooldown.kind} ${cooldown.scope}`
  const knownUntil = byOperator ? null : Math.max(before?.until ?? 0, after?.until ?? 0)
  cooldowns.set(key, over(cooldowns.get(key), { before, after, knownUntil }))
}

function over(earlier: PendingCooldown | undefined, later: PendingCooldown): PendingCooldown {
  if (earlier === undefined) return later
  const isAny = earlier.knownUntil === null || later.knownUntil === null
  return { ...later, knownUntil: isAny ? null : Math.max(earlier.knownUntil ?? 0, later.knownUntil ?? 0) }
}
