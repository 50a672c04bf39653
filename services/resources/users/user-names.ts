import { LRUCache } from 'lru-cache'
import type { Queryable } from '../../platform/database/queryable.ts'
import { listUserEmails } from './users.ts'

const MOST_KEPT = 10_000

/** The addresses of users, who keep them for life, so that who looks each second asks the database once. */
export function createUserNames(db: Queryable) {
  const emails = new LRUCache<string, string>({ max: MOST_KEPT })

  return {
    /** Who is unknown, or cannot be looked up because the database is away, goes by the id. Never rejects. */
    async load(ids: readonly string[]): Promise<(id: string) => string> {
      const unknown = [...new Set(ids)].filter((id) => !emails.has(id))
      const rows = unknown.length === 0 ? [] : await listUserEmails(db, unknown).catch(() => [])
      for (const { id, email } of rows) emails.set(id, email)
      return (id) => emails.get(id) ?? id
    }
  }
}
