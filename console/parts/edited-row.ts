import { api, type ResponseOf } from '../api/client.ts'
import { bodyOf, type Draft } from './field.ts'

/** Rows that are read and changed at one path. */
type EditedPath =
  | '/admin/v1/codes/{id}'
  | '/admin/v1/groups/{id}'
  | '/admin/v1/keys/{id}'
  | '/admin/v1/proxies/{id}'
  | '/admin/v1/teams/{id}'
  | '/admin/v1/users/{id}'
  | '/me/v1/keys/{id}'

/** How a form reads a row anew, and saves what was changed of it. */
export function editedRow<Path extends EditedPath>(path: Path, id: string) {
  // All of them are asked alike; the client cannot tell so of a path that is any of several.
  const at = path as '/admin/v1/keys/{id}'
  type Row = ResponseOf<'get', Path>
  return {
    load: async () => (await api.GET(at, { params: { path: { id } } })).data as Row,
    async save(changes: Draft, ifMatch: string) {
      const params = { path: { id }, header: { 'if-match': ifMatch } }
      return (await api.PATCH(at, { params, body: bodyOf(changes) })).data as Row
    }
  }
}
