import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouteContext, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { forgetSession } from '../../app/session.ts'
import { LinkButton, PageLink } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { clientNameOf } from '../../../services/resources/sign-in/client-name.ts'
import { DEVICE_PATH } from './code.ts'
import { Decision, type Decided, type WaitingDevice } from './decision.tsx'
import { EnterCode } from './enter-code.tsx'

/** Where somebody lets in a tool that waits in a terminal, or sends it away. */
export function Device() {
  const { session } = useRouteContext({ from: '/signed-in' })
  return (
    <Page title="Sign in a tool">
      <Stack maw={560}>{session.is_user ? <Steps email={session.name} /> : <NobodysSession />}</Stack>
    </Page>
  )
}

function Steps({ email }: { email: string }) {
  const { code } = useSearch({ from: '/signed-in/device' })
  const [waiting, setWaiting] = useState<WaitingDevice | null>(null)
  const [decided, setDecided] = useState<Decided | null>(null)
  if (waiting === null) return <EnterCode first={code ?? ''} onFound={setWaiting} />
  if (decided === null) {
    return <Decision waiting={waiting} email={email} onDecided={setDecided} onOther={() => setWaiting(null)} />
  }
  return <Outcome waiting={waiting} email={email} decided={decided} />
}

function Outcome({ waiting: { client }, email, decided }: { waiting: WaitingDevice; email: string; decided: Decided }) {
  const name = clientNameOf(client)
  if (!decided.isLetIn) {
    return (
      <>
        <Alert color="orange" variant="light" title="Denied" role="status">
          {name} was not signed in, and is told so. If it was not you who started it, somebody may have tried to use Sluice as
          you: tell whoever operates it.
        </Alert>
        <PageLink to="/sessions">Tools that are signed in</PageLink>
      </>
    )
  }
  return (
    <>
      <Alert color="green" variant="light" title="Approved: go back to the terminal" role="status">
        <Text size="sm" c="inherit">
          {name} goes on by itself in a few seconds, as <bdi>{email}</bdi> in group <bdi>{decided.group}</bdi>. If it asks
          whether that is you, say yes. This page can be closed.
        </Text>
      </Alert>
      <Text size="sm">
        It stays signed in until you end it, there or under <PageLink to="/sessions">Sessions</PageLink>.
      </Text>
    </>
  )
}

/** Whoever came by a link of `sluice console` is nobody that a tool could be signed in as. */
function NobodysSession() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const search = useSearch({ from: '/signed-in/device' })
  const [isLeaving, setLeaving] = useState(false)

  async function leave() {
    setLeaving(true)
    try {
      await api.POST('/me/v1/sign-out')
      forgetSession(queries)
      const query = search.code === undefined ? '' : `?${new URLSearchParams({ code: search.code }).toString()}`
      await navigate({ to: '/sign-in', search: { next: DEVICE_PATH + query } })
    } finally {
      setLeaving(false)
    }
  }

  return (
    <>
      <Alert color="orange" variant="light" title="Nobody to sign it in as">
        You came by a link of <code>sluice console</code>, which belongs to no user. A tool is signed in as a person: sign in as
        yourself, with a password or at your OpenID provider, and you come back here.
      </Alert>
      <Group>
        <Button onClick={() => void leave()} loading={isLeaving}>
          Sign in as myself
        </Button>
        <LinkButton to="/people" variant="default">
          No user yet? Add one
        </LinkButton>
      </Group>
    </>
  )
}
