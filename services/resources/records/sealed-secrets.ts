import type { Queryable } from '../../platform/database/queryable.ts'

/** The columns with sealed secrets. */
export type SecretKind = 'account' | 'proxy'

export interface SealedSecret {
  id: string
  name: string
  sealed: Buffer
}

const TABLES: Record<SecretKind, { table: string; column: string }> = {
  account: { table: 'accounts', column: 'credentials' },
  proxy: { table: 'proxies', column: 'url' }
}

export async function listSealedSecrets(db: Queryable, kind: SecretKind): Promise<SealedSecret[]> {
  const { table, column } = TABLES[kind]
  return (await db.query<SealedSecret>(`select id, name, ${column} as sealed from ${table} order by id`)).rows
}

/** Null when it is gone. */
export async function findSealedSecret(db: Queryable, kind: SecretKind, id: string): Promise<SealedSecret | null> {
  const { table, column } = TABLES[kind]
  const { rows } = await db.query<SealedSecret>(`select id, name, ${column} as sealed from ${table} where id = $1`, [id])
  return rows[0] ?? null
}

/** Replaces `old` by `sealed`; false, and nothing changed, when something else is stored by now. */
export async function replaceSealedSecret(
  db: Queryable,
  kind: SecretKind,
  old: SealedSecret,
  sealed: Buffer
): Promise<boolean> {
  const { table, column } = TABLES[kind]
  const { rowCount } = await db.query(`update ${table} set ${column} = $4 where id = $1 and name = $2 and ${column} = $3`, [
    old.id,
    old.name,
    old.sealed,
    sealed
  ])
  return rowCount === 1
}
