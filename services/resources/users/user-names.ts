import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { listUserEmails } from './users.ts'

const MOST_KEPT = 10_000

/** Caches the addresses of users, which never change, so that frequent lookups query the database once. */
export function createUserNames(db: Queryable) {
  const emails = new LRUCache<string, string>(atMost(MOST_KEPT))

  return {
    /** Users who are unknown, or cannot be looked up because the database is away, are named by their id. Never rejects. */
    async load(ids: readonly string[]): Promise<(id: string) => string> {
      const unknown = new Set(ids.filter((id) => !emails.has(id)))
      const rows = unknown.size === 0 ? [] : await listUserEmails(db, [...unknown]).catch(() => [])
      for (const { id, email } of rows) emails.set(id, email)
      return (id) => emails.get(id) ?? id
    }
  }
}
