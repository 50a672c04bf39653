import { Button, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { getRouteApi, useRouteContext } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { LinkButton, PageLink } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { BY_CURSOR, MorePages, rowsOf } from '../../parts/paged.tsx'
import { PEOPLE_COLUMNS } from './people-columns.tsx'
import { PersonCard } from './person-card.tsx'

export type ListedPerson = ResponseOf<'get', '/admin/v1/users'>['data'][number]

const route = getRouteApi('/signed-in/operators/people')
const PAGE_ROWS = 100

/** Everybody who has an account here. */
export function People() {
  const { session } = useRouteContext({ from: '/signed-in' })
  const { email } = route.useSearch()
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false })
  const query = { limit: PAGE_ROWS, ...(email === undefined ? {} : { email }) }
  const people = $api.useInfiniteQuery('get', '/admin/v1/users', { params: { query } }, BY_CURSOR)
  const empty = email === undefined ? <NoPeople mayAdd={mayOperate(session)} /> : <NotFound email={email} />
  return (
    <Page title="People" aside={mayOperate(session) ? <LinkButton to="/people/add">Add people</LinkButton> : null}>
      <Find key={email} email={email ?? ''} />
      <Loaded query={{ data: rowsOf(people), error: people.error }}>
        {(rows) =>
          isNarrow ? (
            <Stack gap="xs">
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
              rowKey={({ id }) => id}
              isWhole={!people.hasNextPage}
              empty={empty}
              footer={<MorePages query={people} />}
            />
          )
        }
      </Loaded>
    </Page>
  )
}

function Find({ email }: { email: string }) {
  const navigate = route.useNavigate()
  const [typed, setTyped] = useState(email)
  function submit(event: FormEvent) {
    event.preventDefault()
    const wanted = typed.trim()
    void navigate({ search: wanted === '' ? {} : { email: wanted } })
  }
  return (
    <form onSubmit={submit} role="search">
      <Group gap="xs" align="flex-end">
        <TextInput
          label="E-mail address"
          placeholder="ann@example.com"
          type="search"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          style={{ flex: '1 1 200px' }}
          maw={320}
        />
        <Button type="submit" variant="default">
          Find
        </Button>
        {email === '' ? null : (
          <Button variant="subtle" onClick={() => void navigate({ search: {} })}>
            Everybody
          </Button>
        )}
      </Group>
    </form>
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

function NotFound({ email }: { email: string }) {
  return (
    <Text component="div">
      Nobody has the address <bdi>{email}</bdi>. It is looked for as a whole.
    </Text>
  )
}
