import { api } from '../api/client.ts'
import { bodyOf, type Draft } from './field.ts'

/** A row’s own path, where it is read and changed. */
type RowPath =
  | '/admin/v1/codes/{id}'
  | '/admin/v1/groups/{id}'
  | '/admin/v1/keys/{id}'
  | '/admin/v1/proxies/{id}'
  | '/admin/v1/teams/{id}'
  | '/admin/v1/users/{id}'
  | '/me/v1/keys/{id}'

/** A row as commands of `sluice` know it: what is of its kind, and its names, such as `keys`, `ann@example.com`, `laptop`. */
export type RowWords = readonly [kind: string, ...names: string[]]

/** A command that does something with a row; none where the command line does not know it. */
export const commandOf = (words: RowWords | undefined, verb: string, more: readonly string[] = []) =>
  words === undefined ? undefined : [words[0], verb, ...words.slice(1), ...more]

interface Edited {
  id: string
  status?: string | null
}

/** What the dialogs about a row ask the API, and what they call it. Not every kind of row has a status, or can be removed. */
export function editedRow<Row extends Edited>(path: RowPath, row: Row, name: string, words?: RowWords) {
  // All are asked alike, which the client cannot tell of one path that is any of several.
  const at = path as '/admin/v1/teams/{id}'
  const params = { path: { id: row.id } }
  return {
    row,
    name,
    words,
    status: row.status ?? '',
    load: async () => (await api.GET(at, { params })).data as unknown as Row,
    save: async (changes: Draft, ifMatch: string) => {
      const { data } = await api.PATCH(at, { params: { ...params, header: { 'if-match': ifMatch } }, body: bodyOf(changes) })
      return data as unknown as Row
    },
    setStatus: (to: 'active' | 'disabled') => api.PATCH(at, { params, body: { status: to } }),
    remove: () => api.DELETE(at, { params })
  }
}
