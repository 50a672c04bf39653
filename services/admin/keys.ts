import { windowAt } from '../billing/quota-windows.ts'
import { windowPolicyOf } from '../billing/window-policies.ts'
import { formatUsd, parseUsd } from '../prices/money.ts'
import {
  createClientKey,
  findKey,
  revokeClientKey,
  rotateClientKey,
  updateClientKey,
  type OperatedKey
} from '../records/client-keys.ts'
import type { KeyLimits } from '../records/key-spending.ts'
import type { Versioned } from '../records/versioned.ts'
import { generateClientKey, hashClientKey, prefixForDisplay } from '../secrets.ts'
import { wantedKey } from '../set-up/apply-states.ts'
import type { DesiredKey } from '../set-up/declarative-schema.ts'
import { namedGroup } from '../resources/groups/groups.ts'
import { changeRow, conflict, createRow, type OperatorContext } from './operator-changes.ts'
import { checkAsDeclared } from './request-checks.ts'
import { namedUserId } from '../resources/users/users.ts'

export type ListedKey = Versioned<OperatedKey>

/** A key and its secret, which is stored nowhere. */
export interface NewSecret {
  key: ListedKey
  secret: string
}

export interface NewKey extends Pick<
  DesiredKey,
  'name' | 'group' | 'expires_at' | 'allowed_ips' | 'allowed_models' | 'spend_limits'
> {
  /** E-mail address. */
  user: string
}

export interface KeyChanges extends Partial<Pick<DesiredKey, 'name' | 'group' | 'status'>> {
  /** Null is never. */
  expires_at?: string | null
  /** Null is all. */
  allowed_ips?: string[] | null
  allowed_models?: string[] | null
  /** A period that is left out stays as it is; null takes its limit away. */
  spend_limits?: { [Period in keyof typeof LIMIT_KINDS]?: string | null }
}

interface Target {
  id: string
  ifMatch: string | undefined
}

const toTimeOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())

const LIMIT_KINDS = { daily: 'day', weekly: 'week', monthly: 'month', total: 'total' } as const

const toUsdOrNull = (nano: bigint | null) => (nano === null ? null : formatUsd(nano))

/** A key as the admin API shows it, with its windows as they stand at `now`: nothing of its secret but how it begins. */
export const reportOfKey = (key: ListedKey, now: number) => ({ ...ruledKey(key), spending: spendingReport(key, now) })

/** What was charged, beside the limits. The total has no start and no end. */
function spendingReport({ spending, limits, group }: ListedKey, now: number) {
  const states = spending.windows.map((window) => windowAt(window, windowPolicyOf(group), now))
  const total = { kind: 'total' as const, startsAt: null, endsAt: null, usedNano: spending.totalNano }
  return [...states, total].map(({ kind, startsAt, endsAt, usedNano }) => ({
    kind,
    limit_usd: toUsdOrNull(limits[kind]),
    used_usd: formatUsd(usedNano),
    started_at: toTimeOrNull(startsAt),
    resets_at: toTimeOrNull(endsAt)
  }))
}

/** For the audit log, where what was spent says nothing: operators do not change it. */
const ruledKey = (key: ListedKey) => ({
  id: key.id,
  user_email: key.userEmail,
  name: key.name,
  group: key.groupName,
  prefix: key.prefix,
  status: key.revokedAt === null ? key.status : 'revoked',
  expires_at: toTimeOrNull(key.expiresAt),
  allowed_ips: key.allowedIps,
  allowed_models: key.allowedModels,
  spend_limits: {
    daily: toUsdOrNull(key.limits.day),
    weekly: toUsdOrNull(key.limits.week),
    monthly: toUsdOrNull(key.limits.month),
    total: toUsdOrNull(key.limits.total)
  },
  last_used_at: toTimeOrNull(key.lastUsedAt),
  previous_key_until: toTimeOrNull(key.previousUntil),
  revoked_at: toTimeOrNull(key.revokedAt),
  version: key.version
})

const KEY = { kind: 'key', find: findKey, report: ruledKey, nameOf: (key: ListedKey) => `${key.userEmail}/${key.name}` }

const duplicateOf = (name: string | undefined) => `this user has a key ${name} already`

function newSecret() {
  const secret = generateClientKey()
  return { secret, stored: { hash: hashClientKey(secret), prefix: prefixForDisplay(secret) } }
}

/** Rejects with 400 when there is no such user or group, 409 when the user has a key of that name. */
export async function addKey(context: OperatorContext, { user, ...desired }: NewKey): Promise<NewSecret> {
  checkAsDeclared({ key: desired })
  const { secret, stored } = newSecret()
  const { name, group, status, expiresAt, allowedIps, allowedModels, limits } = wantedKey(user, desired, undefined)
  const key = await createRow(context, {
    ...KEY,
    duplicate: duplicateOf(name),
    create: async (db) => {
      const userId = await namedUserId(db, user)
      const groupId = (await namedGroup(db, group)).id
      return (
        await createClientKey(db, { userId, groupId, name, status, expiresAt, allowedIps, allowedModels, limits, ...stored })
      ).id
    }
  })
  return { key, secret }
}

export async function changeKey(
  context: OperatorContext,
  { id, ifMatch, changes }: Target & { changes: KeyChanges }
): Promise<ListedKey> {
  checkAsDeclared({ key: changes })
  const {
    group,
    expires_at: expiresAt,
    allowed_ips: allowedIps,
    allowed_models: allowedModels,
    spend_limits: limits,
    ...rest
  } = changes
  return await changeRow(context, {
    ...KEY,
    id,
    ifMatch,
    action: 'changed',
    duplicate: duplicateOf(changes.name),
    change: async (db, before) => {
      if (Object.keys(changes).length === 0) return
      refuseRevoked(before)
      await updateClientKey(db, id, {
        ...rest,
        allowedIps,
        allowedModels,
        limits: limits === undefined ? undefined : changedLimits(before.limits, limits),
        ...(group === undefined ? {} : { groupId: (await namedGroup(db, group)).id }),
        ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : Date.parse(expiresAt) })
      })
    }
  })
}

function changedLimits(before: KeyLimits, changes: NonNullable<KeyChanges['spend_limits']>): KeyLimits {
  const after = { ...before }
  for (const [period, kind] of Object.entries(LIMIT_KINDS) as [keyof typeof LIMIT_KINDS, keyof KeyLimits][]) {
    const usd = changes[period]
    if (usd !== undefined) after[kind] = usd === null ? null : parseUsd(usd)
  }
  return after
}

/** Makes a new secret. The one before works on for `overlapS` seconds; one that was still working from before that ends at once. */
export async function rotateKey(
  context: OperatorContext,
  { id, ifMatch, overlapS }: Target & { overlapS: number }
): Promise<NewSecret> {
  const { secret, stored } = newSecret()
  const key = await changeRow(context, {
    ...KEY,
    id,
    ifMatch,
    action: 'rotated',
    change: async (db, before) => {
      refuseRevoked(before)
      const previousUntil = overlapS === 0 ? null : context.clock.now() + overlapS * 1000
      await rotateClientKey(db, id, { ...stored, previousUntil })
    }
  })
  return { key, secret }
}

/** Ends a key for good. */
export async function revokeKey(context: OperatorContext, { id, ifMatch }: Target): Promise<ListedKey> {
  return await changeRow(context, {
    ...KEY,
    id,
    ifMatch,
    action: 'revoked',
    change: async (db, before) => before.revokedAt === null && (await revokeClientKey(db, id, context.clock.now()))
  })
}

function refuseRevoked(key: ListedKey): void {
  if (key.revokedAt !== null) throw conflict(`key ${KEY.nameOf(key)} is revoked for good: create another`)
}
