import type { Queryable } from '../../platform/database/queryable.ts'

export interface Table {
  name: string
  /** All that have a value of their own. */
  columns: string[]
  isPartitioned: boolean
  /** Of the columns, those whose values the database gives. */
  identities: { column: string; /** Quoted where it must be. */ sequence: string }[]
}

/** Of the schema that is used: they are what a database says of itself, and not what it is for. */
const NOT_COPIED: ReadonlySet<string> = new Set(['migrations', 'instances'])

/** The tables of a database that are copied, each after those that its foreign keys point to. */
export async function readTables(db: Queryable): Promise<Table[]> {
  const { rows } = await db.query<Table & { needs: string[] }>(
    `with tables as (
       select c.oid, c.relname::text as name, c.relkind = 'p' as "isPartitioned"
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition
     )
     select name, "isPartitioned",
       array(select attname::text from pg_attribute where attrelid = tables.oid and attnum > 0 and not attisdropped
               and attgenerated = '' order by attnum) as columns,
       array(select parent.name from pg_constraint f join tables parent on parent.oid = f.confrelid
             where f.conrelid = tables.oid and f.contype = 'f' and parent.oid <> tables.oid) as needs,
       (select coalesce(json_agg(json_build_object('column', a.attname, 'sequence', s.oid::regclass::text)), '[]')
        from pg_attribute a join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
          and d.classid = 'pg_class'::regclass and d.deptype = 'i' join pg_class s on s.oid = d.objid and s.relkind = 'S'
        where a.attrelid = tables.oid and a.attidentity <> '') as identities
     from tables order by name collate "C"`
  )
  return parentsFirst(rows.filter(({ name }) => !NOT_COPIED.has(name))).map(({ needs: _needs, ...table }) => table)
}

function parentsFirst<Kind extends { name: string; needs: string[] }>(tables: readonly Kind[]): Kind[] {
  const ordered: Kind[] = []
  const left = new Map(tables.map((table) => [table.name, table]))
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ needs }) => !needs.some((name) => left.has(name)))
    if (ready.length === 0) throw new Error(`the foreign keys of ${[...left.keys()].join(', ')} go round in a circle`)
    for (const table of ready) left.delete(table.name)
    ordered.push(...ready)
  }
  return ordered
}
