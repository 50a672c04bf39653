import type { Queryable } from '../../platform/database/queryable.ts'
import type { StoredManagedSettings } from '../groups/managed-settings.ts'

/** A group that has managed settings. */
export interface ManagedGroup extends StoredManagedSettings {
  id: string
  name: string
}

export async function listManagedGroups(db: Queryable): Promise<ManagedGroup[]> {
  const { rows } = await db.query<ManagedGroup>(
    `select id, name, managed_settings::text as text, managed_settings_checksum as checksum, managed_settings_uuid as uuid
     from groups where managed_settings is not null`
  )
  return rows
}
