import type { Queryable } from '../../platform/database/queryable.ts'

/** Keeps the price book that events name as their price version. A version never changes, so a known id is left as it is. */
export async function rememberPriceVersion(db: Queryable, id: string, data: unknown): Promise<void> {
  await db.query('insert into price_versions (id, data) values ($1, $2) on conflict (id) do nothing', [
    id,
    JSON.stringify(data)
  ])
}
