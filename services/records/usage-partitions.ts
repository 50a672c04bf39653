import type { Queryable } from './queryable.ts'

/** The months (UTC) in which the instants lie, each as the instant it begins. */
export function monthsOf(instants: Iterable<number>): number[] {
  const months = new Set<number>()
  for (const instant of instants) {
    const date = new Date(instant)
    months.add(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1))
  }
  return [...months].sort((a, b) => a - b)
}

/**
 * Makes the partitions of usage_events that the months (any instant in each) need. May be called at any time by several
 * processes at once, inside a transaction or outside.
 */
export async function ensureUsagePartitions(db: Queryable, instants: Iterable<number>): Promise<void> {
  for (const month of monthsOf(instants)) await db.query(createPartition(month))
}

function createPartition(month: number): string {
  const begin = new Date(month)
  const end = new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1))
  const name = `usage_events_${begin.toISOString().slice(0, 7).replace('-', '_')}`
  // Attached rather than created in place: that would stop reading and writing of all the other months. The lock also makes
  // sure that the caller's next insert sees a partition that another process has just attached: a commit is visible for a
  // moment before other sessions are told to forget the list of partitions they know, and its locks are let go after that.
  return `do $$ begin
    lock table migrations in share row exclusive mode;
    if to_regclass('${name}') is null then
      create table ${name} (like usage_events including all);
      alter table usage_events attach partition ${name} for values from ('${begin.toISOString()}') to ('${end.toISOString()}');
    end if;
  end $$`
}
