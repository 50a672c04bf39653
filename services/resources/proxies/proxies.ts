import { conflict, unknownId } from '../admin/operator-changes.ts'
import { parseProxyUrl, proxyUrlProblem } from '../../platform/network/proxy-url.ts'
import { isProxyUrl } from '../set-up/declared-proxies.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { FieldProblem } from '../problems.ts'
import type { Resource } from '../resource.ts'
import { deleteRow } from '../rows.ts'
import { proxies } from './definition.ts'

/** Outbound proxies. Their URLs are secrets. */
export const proxyResource: Resource<typeof proxies> = {
  definition: proxies,
  problems({ path, value: { name, url } }) {
    const problems: FieldProblem[] = []
    if (typeof name === 'string' && isProxyUrl(name))
      problems.push({ path: [...path, 'name'], text: 'must be a name, not a URL: give that as the url' })
    const urlProblem = typeof url === 'string' ? proxyUrlProblem(url) : null
    if (urlProblem !== null) problems.push({ path: [...path, 'url'], text: urlProblem })
    return problems
  },
  hostsOf: ({ url }) => (typeof url === 'string' ? [{ field: 'url', host: parseProxyUrl(url).host }] : []),
  isUsed: (name) => `proxy ${name} is used by accounts: give them another first`,
  async remove(db, { id, name }) {
    const { rows } = await db.query<{ name: string }>('select name from accounts where proxy_id = $1 order by name', [id])
    if (rows.length === 0) return await deleteRow(db, proxies, id)
    throw conflict(
      `proxy ${String(name)} is used by ${rows.map((account) => account.name).join(', ')}: give them another first`
    )
  }
}

/** The URL of a proxy, and the context that it is sealed in. Rejects with 404. */
export async function sealedProxy(db: Queryable, id: string): Promise<{ url: Buffer; context: string }> {
  const { rows } = await db.query<{ name: string; url: Buffer }>('select name, url from proxies where id = $1', [id])
  if (rows[0] === undefined) throw unknownId('proxy', id)
  return { url: rows[0].url, context: proxies.fields.url.seal(rows[0].name) }
}
