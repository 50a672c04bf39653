import { parseProxyUrl, proxyUrlProblem } from '../../platform/network/proxy-url.ts'
import type { Definition, Entry } from '../definition.ts'
import { named, note, sealed } from '../field.ts'

export const proxies = {
  kind: 'proxy',
  one: 'a proxy',
  plural: 'proxies',
  table: 'proxies',
  topic: 'accounts',
  known: 'name',
  isCounted: true,
  fields: {
    name: named({ meaning: 'its name in accounts', required: true, change: 'nobody', listed: 'known' }),
    url: sealed(
      { maxLength: 2_000, description: 'a URL' },
      {
        meaning: '`http://`, `https://` or `socks5://`, with a user name and password if needed; stored encrypted',
        required: true,
        seal: (name) => `proxy:${name}`,
        same: (url) => (proxyUrlProblem(url) === null ? parseProxyUrl(url).href : url)
      }
    ),
    note: note()
  }
} as const satisfies Definition

export type DesiredProxy = Entry<typeof proxies>
