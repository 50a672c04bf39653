import type { Queryable } from '../../platform/database/queryable.ts'
import type { DeviceCode } from '../sign-in/device-code-seal.ts'

/** False when the hash or the user code already exists. */
export async function insertDeviceCode(db: Queryable, code: DeviceCode): Promise<boolean> {
  const { hash, userCode, client, address, userAgent, createdAt, expiresAt } = code
  const { rows } = await db.query(
    `insert into device_codes (code_hash, user_code, client, client_address, user_agent, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning code_hash`,
    [hash, userCode, client, address, userAgent, new Date(createdAt), new Date(expiresAt)]
  )
  return rows.length > 0
}

export interface DeviceCodeState {
  client: string | null
  clientAddress: string | null
  userAgent: string | null
  decision: 'approved' | 'denied' | null
  /** Epoch milliseconds. */
  answeredAt: number | null
  sealedAnswer: Buffer | null
  /** Who approved it, and with which key; null until then. */
  letIn: { userId: string; email: string; keyId: string; keyName: string; group: string; mayAsk: boolean } | null
}

/** Null when there is none. When locked, nobody else can answer it before the transaction ends. */
export async function findDeviceCode(
  db: Queryable,
  hash: Buffer,
  { lock = false }: { lock?: boolean } = {}
): Promise<DeviceCodeState | null> {
  const { rows } = await db.query<
    Omit<DeviceCodeState, 'answeredAt' | 'letIn'> & { answeredAt: Date | null } & NonNullable<DeviceCodeState['letIn']>
  >(
    `select d.client, d.client_address as "clientAddress", d.user_agent as "userAgent", d.decision, d.answered_at as "answeredAt",
       d.sealed_answer as "sealedAnswer", d.user_id as "userId", u.email, d.key_id as "keyId", k.name as "keyName", g.name as "group",
       u.status = 'active' and k.revoked_at is null as "mayAsk"
     from device_codes d left join users u on u.id = d.user_id left join api_keys k on k.id = d.key_id
       left join groups g on g.id = k.group_id
     where d.code_hash = $1 ${lock ? 'for update of d' : ''}`,
    [hash]
  )
  const [row] = rows
  if (row === undefined) return null
  const { userId, email, keyId, keyName, group, mayAsk, answeredAt, ...state } = row
  const letIn = state.decision === 'approved' ? { userId, email, keyId, keyName, group, mayAsk } : null
  return { ...state, answeredAt: answeredAt?.getTime() ?? null, letIn }
}

export async function keepResponse(db: Queryable, hash: Buffer, sealed: Buffer, at: number): Promise<void> {
  await db.query('update device_codes set answered_at = $2, sealed_answer = $3 where code_hash = $1', [
    hash,
    new Date(at),
    sealed
  ])
}

/** A device that waits for somebody's decision. */
export interface WaitingDevice {
  userCode: string
  client: string | null
  clientAddress: string | null
  userAgent: string | null
  createdAt: number
  expiresAt: number
}

/** Null when there is none with that user code, it has expired or somebody has decided. */
export async function findWaiting(db: Queryable, userCode: string, now: number): Promise<WaitingDevice | null> {
  const { rows } = await db.query<Omit<WaitingDevice, 'createdAt' | 'expiresAt'> & { createdAt: Date; expiresAt: Date }>(
    `select user_code as "userCode", client, client_address as "clientAddress", user_agent as "userAgent", created_at as "createdAt",
       expires_at as "expiresAt"
     from device_codes where user_code = $1 and expires_at > $2 and decision is null`,
    [userCode, new Date(now)]
  )
  const [row] = rows
  return row === undefined ? null : { ...row, createdAt: row.createdAt.getTime(), expiresAt: row.expiresAt.getTime() }
}

interface Decision {
  userCode: string
  decision: 'approved' | 'denied'
  userId: string
  /** Null when it was denied. */
  keyId: string | null
  at: number
}

/** False when there was nothing left to decide: of two concurrent decisions, one wins. */
export async function decide(db: Queryable, { userCode, decision, userId, keyId, at }: Decision): Promise<boolean> {
  const { rows } = await db.query(
    `update device_codes set decision = $2, user_id = $3, key_id = $4, decided_at = $5
     where user_code = $1 and expires_at > $5 and decision is null returning code_hash`,
    [userCode, decision, userId, keyId, new Date(at)]
  )
  return rows.length > 0
}

export async function dropExpiredDeviceCodes(db: Queryable, now: number): Promise<void> {
  await db.query('delete from device_codes where expires_at <= $1', [new Date(now)])
}
