import type { ModelPriceData, PriceData } from '../prices/price-book.ts'
import { createConditions, ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** The newest price book that an operator has given; null when none was. */
export async function findLatestBook(db: Queryable): Promise<PriceData | null> {
  const { rows } = await db.query<{ data: PriceData }>('select data from price_books order by id desc limit 1')
  return rows[0]?.data ?? null
}

export async function addBook(db: Queryable, data: PriceData): Promise<void> {
  await db.query('insert into price_books (data) values ($1)', [JSON.stringify(data)])
}

/** What operators have set themselves, by model. */
export async function listOverrides(db: Queryable): Promise<ModelPriceData[]> {
  const { rows } = await db.query<{ data: ModelPriceData }>('select data from price_overrides order by model')
  return rows.map(({ data }) => data)
}

interface TimelineEntry {
  version: string
  from: Date
  data: PriceData & { unknownModelPrice: { input: string; output: string }; overrides?: ModelPriceData[] }
}

/** What held since `since` (epoch milliseconds) or before, in order. */
export async function readTimeline(db: Queryable, since: number): Promise<TimelineEntry[]> {
  const { rows } = await db.query<TimelineEntry>(
    `select t.version, t.in_force_from as "from", v.data from price_timeline t join price_versions v on v.id = t.version
     where t.id >= coalesce((select max(id) from price_timeline where in_force_from <= $1), 0) order by t.id`,
    [new Date(since)]
  )
  return rows
}

/** Until the transaction ends, nobody else brings prices into force. */
export async function lockTimeline(client: Queryable): Promise<void> {
  await client.query('lock table price_timeline in share row exclusive mode')
}

/** Which entry of the timeline is the last: another one each time that prices come into force. Null when there is none. */
export async function lastEntryId(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>('select id from price_timeline order by id desc limit 1')
  return rows[0]?.id ?? null
}

/** The version in force; null when there never was one. */
export async function currentVersion(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ version: string }>('select version from price_timeline order by id desc limit 1')
  return rows[0]?.version ?? null
}

/** From now on, or the beginning of time where it is the first. */
export async function bringIntoForce(db: Queryable, version: string): Promise<void> {
  await db.query('insert into price_timeline (version) values ($1)', [version])
}

export interface PriceVersion {
  id: string
  version: string
  from: Date
}

/** What was in force and since when, newest first. Throws InvalidCursorError. */
export async function pageTimeline(db: Queryable, { limit, cursor }: PageRequest): Promise<Page<PriceVersion>> {
  const conditions = createConditions()
  if (cursor !== null) conditions.add(readCursor(cursor, [ID_PATTERN])[0], (value) => `id < ${value}`)
  const { rows } = await db.query<PriceVersion>(
    `select id, version, in_force_from as "from" from price_timeline ${conditions.where()} order by id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  return toPage(rows, limit, ({ id }) => [id])
}
