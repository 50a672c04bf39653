import { Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { $api, api, type ResponseOf } from '../../api/client.ts'
import { forgetSession } from '../../app/session.ts'
import { addressColumn, timeColumn } from '../../parts/columns.tsx'
import { Section } from '../../parts/section.tsx'
import { Action } from '../../parts/confirm.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { When } from '../../parts/when.tsx'
import { browserOf } from './browser-of.ts'
import { ChangePassword } from './change-password.tsx'
import { OwnTools } from './own-tools.tsx'

type OwnSession = ResponseOf<'get', '/me/v1/sessions'>['data'][number]

const METHODS: Record<string, string> = { password: 'a password', oidc: 'an OpenID provider', link: 'a link' }

const methodOf = ({ method }: OwnSession) => METHODS[method] ?? method

/** Few and with two lines each, so that a phone shows the button of each row. */
const COLUMNS: readonly TableColumn<OwnSession>[] = [
  {
    id: 'where',
    header: 'Where',
    cell: (session) => (
      <>
        <span title={session.user_agent ?? ''}>
          {browserOf(session.user_agent)}
          {session.current ? ' (this one)' : ''}
        </span>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {session.client_address ?? 'address not stated'}, with {methodOf(session)}
        </Text>
      </>
    ),
    value: ({ user_agent: agent }) => browserOf(agent)
  },
  {
    id: 'since',
    header: 'Signed in',
    cell: ({ created_at: since, expires_at: end }) => (
      <>
        <When at={since} />
        <Text size="xs" c="dimmed">
          ends <When at={end} />
        </Text>
      </>
    ),
    value: ({ created_at: at }) => at
  },
  addressColumn(),
  { id: 'method', header: 'With', cell: methodOf, value: methodOf, hidden: true },
  timeColumn('ends', 'Ends', ({ expires_at: at }) => at, { hidden: true }),
  { id: 'end', header: 'Do', cell: (session) => <End session={session} /> }
]

/** Where somebody has signed in, and their password. */
export function Sessions() {
  const sessions = $api.useQuery('get', '/me/v1/sessions')
  const me = $api.useQuery('get', '/me/v1')
  const leave = useLeave()

  async function endAll() {
    await api.POST('/me/v1/sign-out-everywhere')
    await leave()
  }

  return (
    <Page
      title="Sessions"
      aside={
        <Action
          label="Sign out everywhere"
          title="Sign out everywhere?"
          done="You are signed out everywhere"
          color="red"
          run={endAll}
        >
          All of your sessions end at once, with this one, and so do those of your tools, such as Claude Code: they must be let
          in again. Your keys go on working.
        </Action>
      }
    >
      <Stack gap="lg">
        <Loaded query={sessions}>
          {({ data }) => <DataTable name="Sessions" columns={COLUMNS} rows={data} empty="There is no session." />}
        </Loaded>
        <Section title="Tools that are signed in">
          <OwnTools />
        </Section>
        <Section title="Password">
          <Loaded query={me}>
            {({ has_password: hasPassword, email }) => <ChangePassword hasPassword={hasPassword} email={email} />}
          </Loaded>
        </Section>
      </Stack>
    </Page>
  )
}

/** Shows the sign-in page, with nothing left of who was signed in. */
function useLeave() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    forgetSession(queries)
    await navigate({ to: '/sign-in' })
  }
}

function End({ session: { id, current, user_agent: agent } }: { session: OwnSession }) {
  const leave = useLeave()

  async function end() {
    await api.DELETE('/me/v1/sessions/{id}', { params: { path: { id } } })
    if (current) await leave()
  }

  return (
    <Action label="End" title={`End the session in ${browserOf(agent)}?`} done="The session has ended" run={end}>
      {current ? 'It is this one: you are signed out here.' : 'Whoever uses it must sign in again.'}
    </Action>
  )
}
