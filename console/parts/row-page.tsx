import { Group } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import type { ComponentType, ReactNode } from 'react'
import { $api, type ResponseOf } from '../api/client.ts'
import { useMayOperate } from '../app/session.ts'
import { Loaded } from './loaded.tsx'
import { Page } from './page.tsx'
import { State } from './standing.tsx'

/** The path of a row that has a page of its own. */
type PagedPath =
  | '/admin/v1/accounts/{id}'
  | '/admin/v1/groups/{id}'
  | '/admin/v1/teams/{id}'
  | '/admin/v1/users/{id}'
  | '/me/v1/teams/{id}'

/**
 * The page of one row, whose id is in the address.
 *
 * @param Parts what is on it, once the row is here
 * @param kind its heading until then
 * @param aside beside the heading: the way to the list that it is in
 * @param options how often the row is asked for anew; without, only when something was done
 */
export function rowPage<Path extends PagedPath>(
  path: Path,
  Parts: ComponentType<{ row: ResponseOf<'get', Path> }>,
  kind: string,
  aside: ReactNode,
  options: { refetchInterval?: number } = {}
) {
  // All are asked alike, which the client cannot tell of one path that is any of several.
  const at = path as '/admin/v1/groups/{id}'
  return function RowPage() {
    const { id = '' } = useParams({ strict: false })
    const query = $api.useQuery('get', at, { params: { path: { id } } }, options)
    return (
      <Page title={query.data === undefined ? kind : nameOf(query.data)} aside={aside}>
        <Loaded query={query}>{(row) => <Parts key={row.id} row={row as unknown as ResponseOf<'get', Path>} />}</Loaded>
      </Page>
    )
  }
}

/** People go by their addresses. */
const nameOf = (row: { name: string } | { email: string }) => ('email' in row ? row.email : row.name)

interface RowHeadProps {
  state: string
  /** What can be done about it, for whoever may. */
  actions: ReactNode
  /** Beside the state. */
  children?: ReactNode
}

/** Above the parts of a row's page: how it stands, and what can be done about it. */
export function RowHead({ state, actions, children }: RowHeadProps) {
  return (
    <Group justify="space-between" align="flex-start">
      <Group gap="sm">
        <State state={state} />
        {children}
      </Group>
      {useMayOperate() ? <Group gap="xs">{actions}</Group> : null}
    </Group>
  )
}
