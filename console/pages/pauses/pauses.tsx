import { Group, Switch, Text } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { getRouteApi, useRouteContext } from '@tanstack/react-router'
import { $api } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import { PageLink } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR, MorePages, rowsOf } from '../../parts/paged.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { changed } from '../usage/search.ts'
import { PausesTable } from './pauses-table.tsx'

const route = getRouteApi('/signed-in/operators/pauses')
const POLL_MS = 10_000

/** What brakes have paused, or operators, and why. */
export function Pauses() {
  const { session } = useRouteContext({ from: '/signed-in' })
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { q, over = false } = search
  const query = { limit: 100, ...(q === undefined ? {} : { q }), ...(over ? {} : { status: 'active' as const }) }
  const pauses = $api.useInfiniteQuery(
    'get',
    '/admin/v1/pauses',
    { params: { query } },
    { ...BY_CURSOR, placeholderData: keepPreviousData, refetchInterval: POLL_MS, refetchIntervalInBackground: false }
  )
  return (
    <Page title="Pauses">
      <Text size="sm">
        Brakes pause a key, a session or an agent that runs away. Each key may have brakes of its own, on its owner’s page; all
        others go by <PageLink to="/settings">the setting BRAKES</PageLink>.
      </Text>
      <Group align="flex-end">
        <SearchBox
          label="Search"
          placeholder="a part of an address"
          value={q ?? ''}
          onSearch={(text) => void navigate({ search: changed(search, text === '' ? {} : { q: text }, 'q'), replace: true })}
        />
        <Switch
          label="Show those that are over, too"
          checked={over}
          onChange={(event) =>
            void navigate({ search: changed(search, event.currentTarget.checked ? { over: true } : {}, 'over'), replace: true })
          }
          mb={8}
        />
      </Group>
      <Loaded query={{ data: rowsOf(pauses), error: pauses.error }}>
        {(rows) => (
          <PausesTable
            rows={rows}
            mayOperate={mayOperate(session)}
            isWhole={!pauses.hasNextPage}
            empty={
              q === undefined ? (over ? 'Nothing has ever been paused.' : 'Nothing is paused.') : 'Nothing like that is paused.'
            }
            footer={<MorePages query={pauses} />}
          />
        )}
      </Loaded>
    </Page>
  )
}
