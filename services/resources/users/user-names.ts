import type { Queryable } from '../../platform/database/queryable.ts'
import { listUserEmails } from './users.ts'

const MOST_KEPT = 10_000

/** Caches the addresses of users, which never change, so that frequent lookups query the database once. */
export function createUserNames(db: Queryable) {
  // All are forgotten at once: who shows hundreds of users every two seconds would pay more for the order of their use.
  const emails = new Map<string, string>()

  async function learn(ids: string[]): Promise<void> {
    const rows = await listUserEmails(db, ids).catch(() => [])
    for (const { id, email } of rows) emails.set(id, email)
  }

  return {
    /** Users who are unknown, or cannot be looked up because the database is away, are named by their id. Never rejects. */
    async load(ids: readonly string[]): Promise<(id: string) => string> {
      let unknown = ids.filter((id) => !emails.has(id))
      if (emails.size + unknown.length > MOST_KEPT) {
        emails.clear()
        unknown = [...ids]
      }
      if (unknown.length > 0) await learn([...new Set(unknown)])
      return (id) => emails.get(id) ?? id
    }
  }
}
