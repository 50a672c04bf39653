import { ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import { onlyRow, type Queryable } from './queryable.ts'

export interface ProxyValues {
  name: string
  /** The whole URL with its password, sealed in the context `proxy:<name>`; see createSecretBox. */
  url: Buffer
}

export interface ProxyRecord extends ProxyValues {
  id: string
  /** Grows with each change. */
  version: number
}

const FIELDS = 'id, name, url, version::integer as version'

/** What the URL of a proxy is sealed with. */
export function proxySealContext(name: string): string {
  return `proxy:${name}`
}

export async function listProxies(db: Queryable): Promise<ProxyRecord[]> {
  return (await db.query<ProxyRecord>(`select ${FIELDS} from proxies order by id`)).rows
}

/** In the order of creation. Throws InvalidCursorError. */
export async function pageProxies(db: Queryable, { limit, cursor }: PageRequest): Promise<Page<ProxyRecord>> {
  const [afterId = '0'] = cursor === null ? [] : readCursor(cursor, [ID_PATTERN])
  const { rows } = await db.query<ProxyRecord>(`select ${FIELDS} from proxies where id > $1 order by id limit $2`, [
    afterId,
    limit + 1
  ])
  return toPage(rows, limit, (proxy) => [proxy.id])
}

/** Null when there is no such proxy. */
export async function findProxy(db: Queryable, id: string): Promise<ProxyRecord | null> {
  return (await db.query<ProxyRecord>(`select ${FIELDS} from proxies where id = $1`, [id])).rows[0] ?? null
}

/** By name; null when there is no such proxy. */
export async function findProxyId(db: Queryable, name: string): Promise<string | null> {
  return (await db.query<{ id: string }>('select id from proxies where name = $1', [name])).rows[0]?.id ?? null
}

/** The names of the accounts that go through it. */
export async function listProxyUsers(db: Queryable, id: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>('select name from accounts where proxy_id = $1 order by name', [id])
  return rows.map(({ name }) => name)
}

/** Returns the new proxy's id. */
export async function createProxy(db: Queryable, { name, url }: ProxyValues): Promise<string> {
  return onlyRow(await db.query<{ id: string }>('insert into proxies (name, url) values ($1, $2) returning id', [name, url])).id
}

/** `url` is sealed. False when there is no such proxy. */
export async function updateProxyUrl(db: Queryable, id: string, url: Buffer): Promise<boolean> {
  return (await db.query('update proxies set url = $2 where id = $1', [id, url])).rowCount === 1
}

/** False when there is no such proxy, or an account goes through it. */
export async function deleteUnusedProxy(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'delete from proxies p where p.id = $1 and not exists (select from accounts a where a.proxy_id = p.id)',
    [id]
  )
  return rowCount === 1
}
