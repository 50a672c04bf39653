import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'

const ROOT = new URL('../../', import.meta.url)

/** The routes as the source registers them, such as `GET /keys/{id}`. */
async function routesIn(folder: string, prefix: string): Promise<string[]> {
  const files = await readdir(new URL(folder, ROOT))
  const sources = await Promise.all(files.map((file) => readFile(new URL(`${folder}/${file}`, ROOT), 'utf8')))
  return sources
    .flatMap((source) => [...source.matchAll(/app\.(get|post|put|patch|delete)\(\s*['"`](\/[^'"`]*)['"`]/g)])
    .map(([, method = '', path = '']) => `${method.toUpperCase()} ${prefix}${normal(path)}`.replace(/\/$/, ''))
    .flatMap((route) =>
      route.includes('${act}') ? ['suspend', 'resume', 'revoke'].map((act) => route.replace('${act}', act)) : [route]
    )
}

/** What admin-api.md says of others than its own routes: the page that is registered as a whole, and a client's. */
const ELSEWHERE = new Set(['GET /admin/v1/reference', 'GET /v1/usage'])

const normal = (path: string) => path.replace(/[?].*/, '').replace(/:(\w+)/g, '{$1}')

/** The routes that a page names: `GET /keys`, and after it in the same line `/keys/{id}`, or `/enable` in the place of the last part. */
async function routesOn(page: string): Promise<Set<string>> {
  const text = await readFile(new URL(page, ROOT), 'utf8')
  const routes = new Set<string>()
  for (const line of text.split('\n')) {
    let [method, path] = ['', '']
    for (const [, named, rest = ''] of line.matchAll(/`(?:(GET|POST|PUT|PATCH|DELETE) )?(\/[^\s`]*)/g)) {
      if (named !== undefined) [method, path] = [named, normal(rest)]
      if (method === '') continue
      routes.add(`${method} ${named === undefined ? path.replace(/\/[^/]*$/, normal(rest)) : path}`)
    }
  }
  return routes
}

for (const [page, folder, prefix, least] of [
  ['docs/admin-api.md', 'routes/admin', '', 60],
  ['docs/sign-in.md', 'routes/me', '/me/v1', 15]
] as const) {
  test(`${page} names every route of ${folder}, and no other`, async () => {
    const [routes, documented] = [await routesIn(folder, prefix), await routesOn(page)]
    assert.ok(routes.length >= least, String(routes.length))
    assert.deepEqual(routes.filter((route) => !documented.has(route)).toSorted(), [], 'not on the page')
    assert.deepEqual(
      [...documented].filter((route) => !routes.includes(route) && !ELSEWHERE.has(route)).toSorted(),
      [],
      'not there'
    )
  })
}
