import type pg from 'pg'
import type { Connectable, Queryable } from '../../services/platform/database/queryable.ts'

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: PlanNode[]
}

export interface QueryPlan {
  sql: string
  /** Each relation that is read, and how: `Index Scan usage_events_2026_01`. */
  scans: string[]
  /** Pages read, when the query was run. */
  pages: number
}

interface Asked {
  text: string
  values: unknown[] | undefined
}

/** What a piece of code asks the database, in order; it is really asked. */
export async function askedBy(pool: pg.Pool, work: (pool: Connectable) => Promise<unknown>): Promise<Asked[]> {
  const asked: Asked[] = []
  const recording = (db: Queryable): Queryable => ({
    query: (text, values) => {
      asked.push({ text, values })
      return db.query(text, values)
    }
  })
  await work({
    ...recording(pool),
    async connect() {
      const client = await pool.connect()
      return { ...recording(client), release: (destroy) => client.release(destroy) }
    }
  })
  return asked.filter(({ text }) => !/^(begin|commit|rollback)$/.test(text))
}

/** How the database goes about it. What only reads is run, so that the pages are known. */
export async function plansOf(pool: pg.Pool, asked: readonly Asked[]): Promise<QueryPlan[]> {
  const plans: QueryPlan[] = []
  for (const { text, values } of asked) {
    const runs = /^\s*select/.test(text)
    const { rows } = await pool.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `explain (format json${runs ? ', analyze, buffers' : ''}) ${text}`,
      values
    )
    const root = rows[0]!['QUERY PLAN'][0]!.Plan
    const pages = (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0)
    plans.push({ sql: text, scans: scansOf(root), pages })
  }
  return plans
}

function scansOf(node: PlanNode): string[] {
  const relation = node['Relation Name']
  // The index of a bitmap scan is a node of its own, below that of the relation.
  const own = relation === undefined || !node['Node Type'].includes('Scan') ? [] : [`${node['Node Type']} ${relation}`]
  return [...own, ...(node.Plans ?? []).flatMap(scansOf)]
}
