import type { Logger } from 'pino'
import type { Clock, Timer } from '../../platform/clock.ts'
import {
  keepAccount,
  putCooldown,
  putInError,
  putWindows,
  removeCooldown,
  removeEndedCooldowns
} from '../../resources/records/account-health.ts'
import { appendAudit, type AuditEntry } from '../../resources/records/audit-log.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { within } from '../../platform/within.ts'
import type { HealthChange } from './account-health.ts'
import type { Cooldown } from '../../resources/accounts/cooldowns.ts'
import { ORIGIN_SCOPE } from './model-family.ts'
import { addChange, joinPending, nothingPending, type PendingHealth } from './health-backlog.ts'
import { toTime, toTimeOrNull } from '../../platform/timestamps.ts'

interface HealthStoreOptions {
  db: Connectable
  clock: Clock
  log: Pick<Logger, 'warn' | 'error'>
  /** The first pause after a failure; it doubles up to half a minute. */
  retryMs?: number
  /** Something was stored that others may want to read. */
  onStored?: () => void
}

export interface RecordContext {
  exchangeId: string | null
  /** `sluice` for what the gateway saw by itself; changes by anybody else override what is stored. */
  actor: string
}

/** Stores what happens to the accounts in the background: requests never wait for it, nor fail when it fails. */
export interface HealthStore {
  record: (accountName: string, changes: readonly HealthChange[], context: RecordContext) => void
  /**
   * True while something about the account is not stored yet, so the database is out of date. With `readAt` (by `uptime`), also
   * when it was stored only after the read began, which may have missed it.
   */
  isPending: (accountId: string, readAt?: number) => boolean
  /** Resolves when everything recorded so far is stored, or given up. */
  flush: () => Promise<void>
  /** Tries once more to store the rest, for at most five seconds. */
  stop: () => Promise<void>
}

const IN_ERROR = 'account.error'
const MAX_AUDITS = 1000
const MAX_PAUSE_MS = 30_000
const STOP_WITHIN_MS = 5000

export function createHealthStore(options: HealthStoreOptions): HealthStore {
  const { db, clock, log, retryMs = 500 } = options
  /** In the order in which they are stored. */
  const backlog = new Map<string, PendingHealth>()
  const storedAt = new Map<string, number>()
  let storing: PendingHealth | null = null
  let running: Promise<void> | null = null
  let pause: Timer | null = null
  let failuresInRow = 0
  let droppedAudits = 0
  let stopped = false

  function wake(): void {
    if (running !== null || pause !== null || stopped || backlog.size === 0) return
    running = storeAll().finally(() => {
      running = null
      wake()
    })
  }

  /** Runs until nothing is left or one fails; then there is a pause, and the others go first. */
  async function storeAll(): Promise<void> {
    for (const pending of backlog.values()) {
      backlog.delete(pending.accountId)
      if (!(await store(pending))) {
        retryLater()
        return
      }
    }
  }

  function retryLater(): void {
    if (stopped) return
    const pauseMs = Math.min(retryMs * 2 ** (failuresInRow - 1), MAX_PAUSE_MS)
    pause = clock.setTimer(() => {
      pause = null
      wake()
    }, pauseMs)
  }

  async function store(pending: PendingHealth): Promise<boolean> {
    const { accountId } = pending
    storing = pending
    try {
      await inTransaction(db, (client) => write(client, pending, clock.now()))
    } catch (err) {
      const later = backlog.get(accountId)
      backlog.delete(accountId)
      backlog.set(accountId, later === undefined ? pending : joinPending(pending, later))
      dropOldestAudits()
      failuresInRow += 1
      if (failuresInRow === 1) log.warn({ err }, 'account health cannot be stored; trying again')
      return false
    } finally {
      storing = null
    }
    storedAt.set(accountId, clock.uptime())
    failuresInRow = 0
    for (const resolve of pending.waiting) resolve()
    tellDropped()
    options.onStored?.()
    return true
  }

  function dropOldestAudits(): void {
    const tooMany = [...backlog.values()].reduce((sum, { audits }) => sum + audits.length, 0) - MAX_AUDITS
    if (tooMany <= 0) return
    const audits = [...backlog.values()].flatMap((pending) => pending.audits)
    const dropped = new Set(audits.toSorted((a, b) => a.at - b.at).slice(0, tooMany))
    droppedAudits += dropped.size
    for (const pending of backlog.values()) pending.audits = pending.audits.filter((entry) => !dropped.has(entry))
  }

  function tellDropped(): void {
    if (droppedAudits === 0) return
    log.warn(
      { dropped: droppedAudits },
      'the oldest account changes were not audited: too many arrived while the database was unavailable'
    )
    droppedAudits = 0
  }

  function pendingOf(accountId: string): PendingHealth {
    let pending = backlog.get(accountId)
    if (pending === undefined) {
      pending = nothingPending(accountId)
      backlog.set(accountId, pending)
    }
    return pending
  }

  return {
    record(accountName, changes, context) {
      for (const change of changes) {
        const pending = pendingOf(change.accountId)
        addChange(pending, change, context.actor !== 'sluice')
        const audit = auditOf(accountName, change, context, clock.now())
        if (audit !== null) pending.audits.push(audit)
      }
      dropOldestAudits()
      wake()
    },

    isPending: (accountId, readAt = Infinity) =>
      backlog.has(accountId) || storing?.accountId === accountId || (storedAt.get(accountId) ?? -Infinity) >= readAt,

    async flush() {
      const unstored = [...backlog.values(), ...(storing === null ? [] : [storing])]
      await Promise.all(unstored.map((pending) => new Promise<void>((resolve) => pending.waiting.push(resolve))))
    },

    async stop() {
      stopped = true
      pause?.cancel()
      await within(clock, STOP_WITHIN_MS, Promise.resolve(running).then(storeAll))
      const left = [...backlog.values(), ...(storing === null ? [] : [storing])]
      if (left.length > 0) log.error({ accounts: left.length }, 'account health could not be stored; giving up')
      tellDropped()
      for (const { waiting } of left) for (const resolve of waiting) resolve()
      backlog.clear()
    }
  }
}

async function write(client: Queryable, pending: PendingHealth, nowMs: number): Promise<void> {
  const { accountId, cooldowns, error, windows, audits } = pending
  if (!(await keepAccount(client, accountId))) return
  await removeEndedCooldowns(client, accountId, nowMs)
  // In the same order everywhere, so that two processes do not deadlock.
  for (const [, { before, after, knownUntil }] of [...cooldowns].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (after !== null) await putCooldown(client, accountId, after, knownUntil)
    else if (before !== null) await removeCooldown(client, accountId, before.kind, before.scope, knownUntil)
  }
  const isPutInError = error !== null && (await putInError(client, accountId, error))
  if (windows !== null) await putWindows(client, accountId, windows)
  for (const entry of audits) if (isPutInError || entry.action !== IN_ERROR) await appendAudit(client, entry)
}

/** Windows move with each response and are not worth an entry, nor is each try to reach an origin that is away. */
function auditOf(accountName: string, change: HealthChange, context: RecordContext, at: number): AuditEntry | null {
  if (change.type === 'windows' || isNextTry(change)) return null
  const { actor, exchangeId } = context
  const entry = { at, actor, subject: `account ${accountName}`, exchangeId }
  if (change.type === 'error') {
    const detail = { before: { status: 'active' }, after: { status: 'error', reason: change.reason } }
    return { ...entry, action: IN_ERROR, detail }
  }
  const { before, after } = change
  const endedBy = actor === 'sluice' ? 'account.cooldown_ended' : 'account.cleared'
  const action = after === null ? endedBy : 'account.cooldown'
  return { ...entry, action, detail: { before: before && readable(before), after: after && readable(after) } }
}

/** An unreachable origin is tried every few seconds, and all its accounts show that. */
export const isNextTry = (change: HealthChange) =>
  change.type === 'cooldown' && change.before !== null && change.after?.scope === ORIGIN_SCOPE

function readable({ kind, scope, reason, since, until, probeAt, level }: Cooldown) {
  return {
    kind,
    scope,
    reason,
    since: toTime(since),
    until: toTime(until),
    probe_at: toTimeOrNull(probeAt),
    level
  }
}
