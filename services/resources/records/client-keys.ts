import { entryFor } from '../../money/prices/model-ids.ts'
import { parseUsd } from '../../money/prices/money.ts'
import type { BrakeWishes } from '../brakes/brake-fields.ts'
import { toLimits, type GroupRecord } from './groups.ts'
import {
  KEY_SPENDING_FIELDS,
  toKeyLimits,
  toKeySpending,
  type KeyLimits,
  type KeySpending,
  type KeySpendingColumns
} from './key-spending.ts'
import { teamObject, toClientTeam, type ClientTeam, type StoredTeam } from './teams.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import {
  toWindows,
  WINDOW_FIELDS,
  type ClientSubscription,
  type SubscriptionStatus,
  type WindowColumns
} from './subscriptions.ts'

export type { ClientSubscription } from './subscriptions.ts'

/** Restrictions of a key, besides its group's. */
interface KeyRules {
  /** Addresses and networks that requests may come from; null allows all. */
  allowedIps: string[] | null
  /** Null allows all. */
  allowedModels: string[] | null
  /** Further limits set by its owner. */
  ownIps: string[] | null
  ownModels: string[] | null
  /** How many requests it may have in flight, apart from the user's slots; 0 = no limit. Null: they use the user's slots. */
  ownSlots: number | null
  /** The smaller of the operators' and the owner's. */
  limits: KeyLimits
  /** What was set for it alone; null where nothing was. */
  brakes: BrakeWishes | null
}

type KeyStatus = 'active' | 'disabled' | 'revoked'

/** Everything that authentication and eligibility need to know about a client key. Instants are epoch milliseconds. */
export interface ClientKeyRecord {
  key: { id: string; name: string; spending: KeySpending } & StandingOfKey['key'] & KeyRules
  user: { id: string; email: string; status: 'active' | 'disabled'; concurrency: number; balanceNano: bigint }
  group: GroupRecord
  /** The user's subscription for the key's group, whatever its status; null when there is none. */
  subscription: ClientSubscription | null
  /** The team that the key counts in; null when it is in none. */
  team: ClientTeam | null
  /** The access token that was sent; null for the key itself. */
  token: ClientToken | null
}

/** An access token, used in place of a key. */
export interface ClientToken {
  /** The sign-in that it belongs to; null when it belongs to none. */
  signInId: string | null
  /** The job that it was issued to; null for a person's. */
  subject: string | null
  expiresAt: number
  isRevoked: boolean
}

interface ModelLists {
  key: Pick<ClientKeyRecord['key'], 'allowedModels' | 'ownModels'>
  group: Pick<ClientKeyRecord['group'], 'allowedModels'>
}

/** The lists of models that apply to a key; each must allow a model. */
export const modelListsOf = ({ key, group }: ModelLists): string[][] =>
  [key.allowedModels, key.ownModels, group.allowedModels].filter((list) => list !== null)

/** Whether both the key and its group allow a model. */
export function mayAskFor(client: ModelLists, model: string): boolean {
  return modelListsOf(client).every((allowed) => entryFor(allowed, model) !== null)
}

/** What decides whether a key may be used at all. */
export interface StandingOfKey {
  key: {
    status: KeyStatus
    expiresAt: number | null
    /** The client sent its former secret, replaced by a rotation. */
    isFormer?: boolean
  }
  user: { status: 'active' | 'disabled' }
  group: Pick<GroupRecord, 'name' | 'status'>
  /** The token used in place of the key, if any. */
  token?: Pick<ClientToken, 'signInId' | 'expiresAt' | 'isRevoked'> | null
}

/** Why a key may not be used, as a sentence for its holder; null when it may. */
export function problemOfKey({ key, user, group, token = null }: StandingOfKey, now: number): string | null {
  const ofToken = token === null ? null : problemOfToken(token, now)
  if (ofToken !== null) return ofToken
  if (key.status === 'revoked') return 'This API key was revoked'
  if (key.status === 'disabled') return 'This API key is disabled'
  if (key.expiresAt !== null && key.expiresAt <= now) {
    const at = new Date(key.expiresAt).toISOString()
    return key.isFormer === true
      ? `This API key was replaced by a new one, and expired at ${at}`
      : `This API key expired at ${at}`
  }
  if (user.status !== 'active') return 'The user of this API key is disabled'
  return group.status === 'active' ? null : `The group of this API key, ${group.name}, is disabled`
}

function problemOfToken({ signInId, expiresAt, isRevoked }: NonNullable<StandingOfKey['token']>, now: number): string | null {
  const again = signInId === null ? 'get another one' : 'sign in again with /login'
  if (isRevoked) return signInId === null ? 'This access token was revoked' : `This sign-in has ended: ${again}`
  return expiresAt <= now ? `This access token expired at ${new Date(expiresAt).toISOString()}: ${again}` : null
}

interface ClientKeyRow extends WindowColumns, KeySpendingColumns {
  keyId: string
  keyName: string
  keyStatus: KeyStatus
  keyExpiresAt: Date | null
  isFormer: boolean
  allowedIps: string[] | null
  keyModels: string[] | null
  ownIps: string[] | null
  ownModels: string[] | null
  userId: string
  email: string
  userStatus: 'active' | 'disabled'
  concurrency: number
  ownSlots: number | null
  brakes: BrakeWishes | null
  balance: string
  groupId: string
  groupName: string
  kind: GroupRecord['kind']
  groupStatus: GroupRecord['status']
  rateMultiplier: string
  dayLimit: string | null
  weekLimit: string | null
  monthLimit: string | null
  windowAnchor: GroupRecord['windowAnchor']
  timeZone: string
  allowedModels: string[] | null
  modelMapping: Record<string, string>
  subscriptionId: string | null
  subscriptionStatus: SubscriptionStatus
  startsAt: Date
  expiresAt: Date
  team: StoredTeam | null
  isToken: boolean
  signInId: string | null
  subject: string | null
  tokenExpiresAt: Date
  isRevoked: boolean
}

const SUBSCRIPTION_FIELDS = `s.id as "subscriptionId", s.status as "subscriptionStatus", s.starts_at as "startsAt",
  s.expires_at as "expiresAt", ${WINDOW_FIELDS}`

function toSubscription(
  row: WindowColumns & { subscriptionId: string; subscriptionStatus: SubscriptionStatus; startsAt: Date; expiresAt: Date }
): ClientSubscription {
  return {
    id: row.subscriptionId,
    status: row.subscriptionStatus,
    startsAt: row.startsAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    windows: toWindows(row)
  }
}

/**
 * The key with this SHA-256, or null. A rotated key is also found by its former secret, and then expires when that does; any key
 * is found by an access token for it. The time of the lookup reveals nothing: it searches for the hash of a random secret, and
 * nobody can choose even the first bits that an index compares.
 */
export async function findClientKey(db: Queryable, hash: Buffer): Promise<ClientKeyRecord | null> {
  const { rows } = await db.query<ClientKeyRow>(
    `select k.id as "keyId", k.name as "keyName",
       case when k.revoked_at is null then k.status else 'revoked' end as "keyStatus",
       least(k.expires_at, k.own_expires_at, case when a.by = 2 then k.previous_key_until end) as "keyExpiresAt",
       a.by = 2 as "isFormer", a.by = 3 as "isToken", a."signInId", a.subject, a."tokenExpiresAt", a."isRevoked",
       k.allowed_ips as "allowedIps", k.allowed_models as "keyModels", k.own_allowed_ips as "ownIps", k.own_allowed_models as "ownModels",
       k.concurrency as "ownSlots", k.brakes, ${KEY_SPENDING_FIELDS},
       u.id as "userId", u.email, u.status as "userStatus", u.concurrency, u.balance_usd as balance,
       g.id as "groupId", g.name as "groupName", g.kind, g.status as "groupStatus",
       trim_scale(g.rate_multiplier)::text as "rateMultiplier", g.daily_limit_usd as "dayLimit",
       g.weekly_limit_usd as "weekLimit", g.monthly_limit_usd as "monthLimit", g.window_anchor as "windowAnchor",
       g.time_zone as "timeZone", g.allowed_models as "allowedModels", g.model_mapping as "modelMapping", ${SUBSCRIPTION_FIELDS},
       ${teamObject('k.team_id')} as team
     from (
       select id, 1 as by, null::bigint as "signInId", null as subject, null::timestamptz as "tokenExpiresAt", false as "isRevoked"
       from api_keys where key_hash = $1
       union all
       select id, 2, null, null, null, false from api_keys where previous_key_hash = $1
       union all
       select t.key_id, 3, t.sign_in_id, t.subject, t.expires_at, coalesce(t.revoked_at, i.revoked_at) is not null
       from access_tokens t left join sign_ins i on i.id = t.sign_in_id where t.token_hash = $1
     ) a
     join api_keys k on k.id = a.id
     join users u on u.id = k.user_id
     join groups g on g.id = k.group_id
     left join subscriptions s on s.user_id = k.user_id and s.group_id = k.group_id
     order by a.by limit 1`,
    [hash]
  )
  return rows[0] === undefined ? null : toRecord(rows[0])
}

function toRecord(row: ClientKeyRow): ClientKeyRecord {
  const { subscriptionId } = row
  return {
    key: {
      id: row.keyId,
      name: row.keyName,
      status: row.keyStatus,
      expiresAt: row.keyExpiresAt?.getTime() ?? null,
      isFormer: row.isFormer,
      allowedIps: row.allowedIps,
      allowedModels: row.keyModels,
      ownIps: row.ownIps,
      ownModels: row.ownModels,
      ownSlots: row.ownSlots,
      brakes: row.brakes,
      limits: toKeyLimits(row),
      spending: toKeySpending(row)
    },
    user: {
      id: row.userId,
      email: row.email,
      status: row.userStatus,
      concurrency: row.concurrency,
      balanceNano: parseUsd(row.balance)
    },
    group: {
      id: row.groupId,
      name: row.groupName,
      kind: row.kind,
      status: row.groupStatus,
      rateMultiplier: row.rateMultiplier,
      limits: toLimits(row),
      windowAnchor: row.windowAnchor,
      timeZone: row.timeZone,
      allowedModels: row.allowedModels,
      modelMapping: row.modelMapping
    },
    subscription: subscriptionId === null ? null : toSubscription({ ...row, subscriptionId }),
    team: row.team === null ? null : toClientTeam(row.team, row.userId),
    token: row.isToken ? toToken(row) : null
  }
}

const toToken = ({ signInId, subject, tokenExpiresAt, isRevoked }: ClientKeyRow): ClientToken => ({
  signInId,
  subject,
  expiresAt: tokenExpiresAt.getTime(),
  isRevoked
})

/** In nano-dollars; null when there is no such user. */
export async function readBalance(db: Queryable, userId: string): Promise<bigint | null> {
  const { rows } = await db.query<{ balance: string }>('select balance_usd as balance from users where id = $1', [userId])
  return rows[0] === undefined ? null : parseUsd(rows[0].balance)
}

export async function readSubscription(db: Queryable, userId: string, groupId: string): Promise<ClientSubscription | null> {
  const { rows } = await db.query<Parameters<typeof toSubscription>[0]>(
    `select ${SUBSCRIPTION_FIELDS} from subscriptions s where s.user_id = $1 and s.group_id = $2`,
    [userId, groupId]
  )
  return rows[0] === undefined ? null : toSubscription(rows[0])
}

/**
 * What a user's keys imply for another one that they want in a group. Keys of workload rules do not count: jobs may do what a
 * person may not.
 */
export interface KeyStanding {
  /** In all groups. */
  notRevoked: number
  /** Whether an operator has limited one in the group, even if it is revoked by now. */
  isLimited: boolean
  /** Null when none in the group works any more; else until when one does, where null means for ever. */
  standing: { until: number | null } | null
  /** The team of their newest key in the group, of those that they are in: another would get around its budget, unless it counts there, too. */
  team: string | null
}

export async function readKeyStanding(
  db: Queryable,
  { userId, groupName, now }: { userId: string; groupName: string; now: number }
): Promise<KeyStanding> {
  const works = 'g.name = $2 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $3)'
  const result = await db.query<{
    notRevoked: number
    isLimited: boolean
    working: number
    forever: number
    until: Date | null
    team: string | null
  }>(
    `select count(*) filter (where k.revoked_at is null)::int as "notRevoked",
       coalesce(bool_or(g.name = $2 and num_nonnulls(k.allowed_ips, k.allowed_models, k.daily_limit_usd, k.weekly_limit_usd,
         k.monthly_limit_usd, k.total_limit_usd, k.team_daily_limit_usd, k.team_weekly_limit_usd, k.team_monthly_limit_usd,
         k.team_total_limit_usd) > 0), false) as "isLimited",
       count(*) filter (where ${works})::int as working,
       count(*) filter (where ${works} and k.expires_at is null)::int as forever,
       max(k.expires_at) filter (where ${works}) as until,
       (array_agg(t.name order by k.id desc) filter (where g.name = $2 and m.id is not null))[1] as team
     from api_keys k join groups g on g.id = k.group_id left join teams t on t.id = k.team_id
       left join team_members m on m.team_id = k.team_id and m.user_id = k.user_id
     where k.user_id = $1 and k.made_by <> 'workload'`,
    [userId, groupName, new Date(now)]
  )
  const { notRevoked, isLimited, working, forever, until, team } = onlyRow(result)
  const standing = working === 0 ? null : { until: forever > 0 ? null : (until?.getTime() ?? null) }
  return { notRevoked, isLimited, standing, team }
}
