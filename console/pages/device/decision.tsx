import { Alert, Anchor, Button, Group, Paper, Select, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ApiError, type ResponseOf } from '../../api/client.ts'
import { isSignedOut } from '../../api/queries.ts'
import { Facts } from '../../parts/facts.tsx'
import { NotStated } from '../../parts/money.tsx'
import { Problem } from '../../parts/problem.tsx'
import { When } from '../../parts/when.tsx'
import { clientNameOf } from '../../../services/resources/sign-in/client-name.ts'

export type WaitingDevice = ResponseOf<'get', '/me/v1/device-codes/{user_code}'>

/** What became of it: the group that it may use, if it was let in. */
export type Decided = { isLetIn: true; group: string } | { isLetIn: false }

interface DecisionProps {
  waiting: WaitingDevice
  email: string
  onDecided: (decided: Decided) => void
  onOther: () => void
}

/** What asks to be signed in, and whether it may. */
export function Decision({ waiting, email, onDecided, onOther }: DecisionProps) {
  const { user_code: code, client, client_address: address, user_agent: agent, created_at: since, expires_at: end } = waiting
  const { groups } = waiting
  const [picked, setPicked] = useState<string | null>(null)
  const group = picked ?? (groups.find(({ name }) => name === 'default') ?? groups[0])?.name ?? null
  const queries = useQueryClient()
  const decide = useMutation({
    async mutationFn(decided: Decided) {
      const params = { path: { user_code: code } }
      if (decided.isLetIn) {
        await api.POST('/me/v1/device-codes/{user_code}/approve', { params, body: { group: decided.group } })
      } else await api.POST('/me/v1/device-codes/{user_code}/deny', { params })
      return decided
    },
    async onSuccess(decided) {
      onDecided(decided)
      await queries.invalidateQueries()
    }
  })
  const isBusy = decide.isPending
  const isOver = decide.error instanceof ApiError && (decide.error.status === 404 || decide.error.status === 409)

  return (
    <>
      <Paper withBorder p="md">
        <Title order={2} size="h4" ta="center">
          Does the terminal show this code?
        </Title>
        <Text ta="center" ff="monospace" fw={700} fz={34} lh={1.3} style={{ letterSpacing: '0.08em' }}>
          {code}
        </Text>
      </Paper>
      <Facts
        name="What asks"
        facts={[
          ['What asks', <bdi key="client">{clientNameOf(client)}</bdi>],
          ['Its program', agent === null ? <NotStated key="agent" /> : <bdi key="agent">{agent}</bdi>],
          ['From the address', address ?? <NotStated key="address" />],
          ['Asked', <When key="since" at={since} />],
          ['Its code ends', <When key="end" at={end} />]
        ]}
      />
      <Alert color="yellow" variant="light" title="Did you start this yourself, just now?">
        If somebody sent you the code or a link to this page, deny it. Whoever has that terminal could use Sluice as{' '}
        <bdi>{email}</bdi>, with your limits and your balance.
      </Alert>
      {groups.length === 0 ? (
        <Alert color="orange" variant="light" title="No group is open to you">
          You have no subscription, or an operator has limited or ended your keys. Ask them: until then nothing can be signed in
          as you.
        </Alert>
      ) : (
        <Select
          label="Group"
          description="Which accounts serve it, and what pays for it"
          data={groups.map(({ name, kind }) => ({ value: name, label: `${name} (your ${kind} pays)` }))}
          value={group}
          onChange={setPicked}
          allowDeselect={false}
        />
      )}
      {decide.error === null || isSignedOut(decide.error) ? null : (
        <Problem error={decide.error} {...(isOver ? { title: 'Too late' } : {})} />
      )}
      {isOver ? <Text size="sm">Start anew in the terminal, and come back with its new code.</Text> : null}
      <Group>
        <Button
          loading={isBusy && decide.variables.isLetIn}
          disabled={group === null || isOver || isBusy}
          onClick={() => group !== null && decide.mutate({ isLetIn: true, group })}
        >
          Approve
        </Button>
        <Button
          variant="default"
          loading={isBusy && !decide.variables.isLetIn}
          disabled={isOver || isBusy}
          onClick={() => decide.mutate({ isLetIn: false })}
        >
          Deny
        </Button>
      </Group>
      <Anchor component="button" type="button" size="sm" ta="left" onClick={onOther}>
        It shows another code
      </Anchor>
    </>
  )
}
