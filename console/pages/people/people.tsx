import { Box, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { keepPreviousData } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { $api, type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { LinkButton, PageLink } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { orderName, reversed, type Order } from '../../parts/order.ts'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR, MorePages, rowsOf } from '../../parts/paged.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { PEOPLE_COLUMNS } from './people-columns.tsx'
import { PersonCard } from './person-card.tsx'
import { readPeopleSearch } from './search.ts'

export type ListedPerson = ResponseOf<'get', '/admin/v1/users'>['data'][number]

const route = getRouteApi('/signed-in/operators/people')
const PAGE_ROWS = 50
/** Slots come and go; who has opened many pages reads on in them as they are. */
const POLL_MS = 15_000
const POLLED_PAGES = 2

/** Everybody who has an account here, what they have and what they spend: all of it in one response a page. */
export function People() {
  const mayChange = useMayOperate()
  const { q, sort } = route.useSearch()
  const navigate = route.useNavigate()
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false })
  const people = $api.useInfiniteQuery(
    'get',
    '/admin/v1/users',
    {
      params: {
        query: {
          limit: PAGE_ROWS,
          with: ['spend', 'slots'],
          ...(q === undefined ? {} : { q }),
          ...(sort === undefined ? {} : { sort })
        }
      }
    },
    {
      ...BY_CURSOR,
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) =>
        state.status !== 'error' && (state.data?.pages.length ?? 0) > POLLED_PAGES ? false : POLL_MS,
      refetchIntervalInBackground: false
    }
  )
  const order: Order = {
    sort,
    onSort: (wanted) => void navigate({ search: (old) => readPeopleSearch({ ...old, sort: wanted }), replace: true })
  }
  const search = (text: string) => void navigate({ search: (old) => readPeopleSearch({ ...old, q: text }), replace: true })
  const empty = q === undefined ? <NoPeople mayAdd={mayChange} /> : <NotFound q={q} />
  return (
    <Page title="People" aside={mayChange ? <LinkButton to="/people/add">Add people</LinkButton> : null}>
      <SearchBox label="Search" placeholder="a part of an e-mail address" value={q ?? ''} onSearch={search} />
      <Loaded query={{ data: rowsOf(people), error: people.error }}>
        {(all) => {
          // Whose figure changed between two pages may be on both.
          const rows = [...new Map(all.map((person) => [person.id, person])).values()]
          return (
            <Box opacity={people.isPlaceholderData ? 0.6 : 1} aria-busy={people.isPlaceholderData}>
              {isNarrow ? (
                <Stack gap="xs">
                  <Sorting order={order} />
                  <SimpleGrid cols={1} spacing="xs">
                    {rows.map((person) => (
                      <PersonCard key={person.id} person={person} />
                    ))}
                  </SimpleGrid>
                  {rows.length === 0 ? empty : <MorePages query={people} />}
                </Stack>
              ) : (
                <DataTable
                  name="People"
                  columns={PEOPLE_COLUMNS}
                  rows={rows}
                  order={order}
                  empty={empty}
                  footer={<MorePages query={people} />}
                />
              )}
            </Box>
          )
        }}
      </Loaded>
    </Page>
  )
}

/** The order, where there are no headings to choose it by. */
function Sorting({ order: { sort, onSort } }: { order: Order }) {
  const choices = PEOPLE_COLUMNS.flatMap(({ header, sort: first }) =>
    first === undefined ? [] : [first, reversed(first)].map((value) => ({ value, label: orderName(header, value) }))
  )
  return (
    <Select
      label="Sort by"
      data={choices}
      placeholder="when they were added"
      clearable
      value={sort ?? null}
      onChange={(wanted) => onSort(wanted ?? undefined)}
    />
  )
}

function NoPeople({ mayAdd }: { mayAdd: boolean }) {
  return (
    <Text component="div">
      Nobody is here yet.{' '}
      {mayAdd ? (
        <>
          <PageLink to="/people/add">Add the first one</PageLink>, or a whole team at once: an e-mail address a line.
        </>
      ) : (
        'Ask an operator to add people.'
      )}
    </Text>
  )
}

function NotFound({ q }: { q: string }) {
  return (
    <Text component="div" style={{ overflowWrap: 'anywhere' }}>
      Nobody has <bdi>{q}</bdi> in their address.
    </Text>
  )
}
