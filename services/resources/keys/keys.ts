import { conflict, fieldRefused, type OperatorContext } from '../admin/operator-changes.ts'
import { rangeProblem } from '../../platform/network/addresses.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { generateClientKey, hashClientKey, prefixForDisplay } from '../../platform/secrets.ts'
import { isPlaceholderSecret } from '../set-up/placeholder-secrets.ts'
import type { Values } from '../definition.ts'
import { type Target, actOn, createResource } from '../operate.ts'
import { instantProblems, type FieldProblem, type Item } from '../problems.ts'
import type { Resource } from '../resource.ts'
import { updateRow, type Row } from '../rows.ts'
import { stateAt } from '../state-at.ts'
import { windowReports, type StoredWindows } from '../window-reports.ts'
import { keys, type KeyRow } from './definition.ts'
import { whyRefused, type AroundKey } from './standing.ts'

/** Client keys. */
export const keyResource: Resource<typeof keys> = {
  definition: keys,
  problems(item) {
    const { key } = item.value
    const problems: FieldProblem[] = ['expires_at', 'own_expires_at'].flatMap((field) => instantProblems(item, field))
    problems.push(...['allowed_ips', 'own_allowed_ips'].flatMap((field) => networkProblems(item, field)))
    if (typeof key === 'string' && isPlaceholderSecret(key)) {
      problems.push({ path: [...item.path, 'key'], text: 'is a placeholder: leave it out and one is generated' })
    }
    return problems
  },
  duplicate: ({ name }) => `this user already has a key ${String(name)}`,
  refuseChange: refuseUnchangeable,
  inserted: refuseForeignTeam,
  async updated(db, id, values) {
    if ('team' in values) await forgetTeamLimits(db, id)
    await refuseForeignTeam(db, id, values)
  },
  toResponse: (row, now) => ({
    ...row,
    status: stateAt({ ...row, expires_at: endOf(row as Row & KeyRow) }, now),
    problem: problemAt(row as Row & KeyRow, now),
    spending: windowReports(row['spending'] as StoredWindows, now)
  })
}

/** Rejects with 400 when the team that is named is not one of its owner's. */
async function refuseForeignTeam(db: Queryable, id: string, { team }: Values): Promise<void> {
  if (typeof team !== 'string') return
  const { rowCount } = await db.query(
    'select from api_keys k join team_members m on m.team_id = k.team_id and m.user_id = k.user_id where k.id = $1',
    [id]
  )
  if (rowCount === 0) throw fieldRefused('team', `the owner of the key is not a member of team ${team}`)
}

/** What the lead of one team has said of a key is nothing to another. */
async function forgetTeamLimits(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update api_keys set team_daily_limit_usd = null, team_weekly_limit_usd = null, team_monthly_limit_usd = null,
       team_total_limit_usd = null where id = $1`,
    [id]
  )
}

function networkProblems({ value, path }: Item, field: string): FieldProblem[] {
  const networks: unknown = value[field]
  return (Array.isArray(networks) ? networks : []).flatMap((network: unknown, index): FieldProblem[] => {
    const text = typeof network === 'string' ? rangeProblem(network) : null
    return text === null ? [] : [{ path: [...path, field, index], text }]
  })
}

/** The sooner of the operators' end and the owner's. Both are in UTC with milliseconds. */
const endOf = ({ expires_at: theirs, own_expires_at: own }: KeyRow): string | null =>
  [theirs, own].filter((at) => at !== null).toSorted()[0] ?? null

function problemAt(row: Row & KeyRow, now: number): string | null {
  const end = endOf(row)
  const expiresAt = end === null ? null : Date.parse(end)
  const { problem: around, spending } = row as unknown as { problem: AroundKey; spending: StoredWindows }
  return whyRefused({ status: row.status, expiresAt }, spending, around, now)
}

/** A key with its secret, which is stored nowhere. */
export interface NewSecret {
  row: Row
  secret: string
}

/**
 * `more` has fields that no request may set. Rejects with 400 when there is no such user or group, 409 when the user has a key of
 * that name.
 */
export async function addKey(context: OperatorContext, entry: Values, more: Values = {}): Promise<NewSecret> {
  const secret = generateClientKey()
  return { row: await createResource(context, keyResource, entry, { ...more, key: secret }), secret }
}

/** Creates a new secret. The present one keeps working for `overlapS` seconds; an older one that still works ends at once. */
export async function rotateKey(context: OperatorContext, target: Target, overlapS: number): Promise<NewSecret> {
  const secret = generateClientKey()
  const row = await actOn(context, keyResource, target, 'rotated', async (db, before) => {
    refuseUnchangeable(before)
    refuseOfTool(before)
    const previousUntil = overlapS === 0 ? null : context.clock.now() + overlapS * 1000
    await rotateSecret(db, target.id, secret, previousUntil)
  })
  return { row, secret }
}

/** Gives a key another secret. The present one keeps working until `previousUntil`, epoch milliseconds; null ends it at once. */
export async function rotateSecret(db: Queryable, id: string, secret: string, previousUntil: number | null): Promise<void> {
  await db.query(
    `update api_keys set previous_key_hash = case when $4::timestamptz is null then null else key_hash end,
       previous_key_until = $4, key_hash = $2, key_prefix = $3, version = version + 1 where id = $1`,
    [id, hashClientKey(secret), prefixForDisplay(secret), previousUntil === null ? null : new Date(previousUntil)]
  )
}

/** Ends a key for good, including its secret from before a rotation. */
export async function revokeKey(context: OperatorContext, target: Target): Promise<Row> {
  const ended = Object.entries({
    status: 'disabled',
    revoked_at: new Date(context.clock.now()),
    previous_key_hash: null,
    previous_key_until: null
  }).map(([column, value]) => ({ column, value }))
  return await actOn(context, keyResource, target, 'revoked', async (db, before) => {
    refuseOfRule(before)
    if (before['revoked_at'] === null) await updateRow(db, keys, target.id, ended)
  })
}

/** The ids of keys that were not created by hand. */
export async function listMadeKeys(db: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>(`select id from api_keys where made_by <> 'hand'`)
  return new Set(rows.map(({ id }) => id))
}

function refuseUnchangeable(row: Row): void {
  refuseOfRule(row)
  if (row['revoked_at'] !== null) throw conflict(`key ${keys.nameOf(row)} is revoked permanently: create a new one`)
}

/** The sign-in has its own tokens: rotating its key would create a secret that does not end with the sign-in. */
function refuseOfTool(row: Row): void {
  if (row['made_by'] !== 'sign-in') return
  throw conflict(
    `key ${keys.nameOf(row)} is that of a tool that is signed in, and has no secret: end the sign-in, or create a key`
  )
}

/** The key follows its rule, and nobody has its secret: rotating it would give somebody what only jobs may have. */
function refuseOfRule(row: Row): void {
  if (row['made_by'] !== 'workload') return
  throw conflict(`key ${keys.nameOf(row)} is that of a workload rule: change, disable or remove the rule`)
}
