import type { Queryable } from './queryable.ts'
import type { Versioned } from './versioned.ts'

export interface StoredSetting {
  /** The setting's name. */
  id: string
  value: string
}

const FIELDS = 'name as id, value, version::integer as version'

export async function listStoredSettings(db: Queryable): Promise<Versioned<StoredSetting>[]> {
  return (await db.query<Versioned<StoredSetting>>(`select ${FIELDS} from runtime_settings order by name`)).rows
}

/** Null when it was not changed. */
export async function findStoredSetting(db: Queryable, name: string): Promise<Versioned<StoredSetting> | null> {
  return (
    (await db.query<Versioned<StoredSetting>>(`select ${FIELDS} from runtime_settings where name = $1`, [name])).rows[0] ?? null
  )
}

export async function storeSetting(db: Queryable, name: string, value: string): Promise<void> {
  await db.query(
    `insert into runtime_settings as s (name, value) values ($1, $2)
     on conflict (name) do update set value = excluded.value, version = s.version + 1, updated_at = now()`,
    [name, value]
  )
}

export async function forgetSetting(db: Queryable, name: string): Promise<void> {
  await db.query('delete from runtime_settings where name = $1', [name])
}
