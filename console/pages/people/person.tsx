import { Group, Stack, Text } from '@mantine/core'
import { useParams, useRouteContext } from '@tanstack/react-router'
import { $api, type ResponseOf } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import { Section } from '../../parts/section.tsx'
import { Facts, noteFact } from '../../parts/facts.tsx'
import { PageLink } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { State } from '../../parts/standing.tsx'
import { AdjustBalance } from './adjust-balance.tsx'
import { Balance } from './balance.tsx'
import { PersonActions } from './person-actions.tsx'
import { PersonAudit } from './person-audit.tsx'
import { PersonKeys } from './person-keys.tsx'
import { PersonLedger } from './person-ledger.tsx'
import { PersonSubscriptions } from './person-subscriptions.tsx'
import { PersonTools } from './person-tools.tsx'
import { SessionsNow, SlotsNow } from './sessions-now.tsx'

export type PersonRow = ResponseOf<'get', '/admin/v1/users/{id}'>

/** All of one person: what they have, what they did, and what can be done about it. */
export function Person() {
  const { id } = useParams({ from: '/signed-in/operators/people/$id' })
  const person = $api.useQuery('get', '/admin/v1/users/{id}', { params: { path: { id } } })
  return (
    <Page title={person.data?.email ?? 'Person'} aside={<PageLink to="/people">All people</PageLink>}>
      <Loaded query={person}>{(row) => <PersonParts key={row.id} person={row} />}</Loaded>
    </Page>
  )
}

function PersonParts({ person }: { person: PersonRow }) {
  const { session } = useRouteContext({ from: '/signed-in' })
  const mayChange = mayOperate(session)
  const { email, role, status, concurrency, balance_usd: balance, note } = person
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Group gap="xs">
          <State state={status} />
          <Text size="sm">{role}</Text>
        </Group>
        {mayChange ? (
          <Group gap="xs">
            <AdjustBalance person={person} />
            <PersonActions person={person} />
          </Group>
        ) : null}
      </Group>
      <Facts
        name="What they have"
        facts={[
          ['Balance', <Balance key="balance" usd={balance} />],
          ['Slots in use', <SlotsNow key="slots" email={email} concurrency={concurrency} />],
          ['Sessions now', <SessionsNow key="sessions" email={email} />],
          noteFact(note)
        ]}
      />
      <Section title="Keys">
        <PersonKeys person={person} mayChange={mayChange} />
      </Section>
      <Section title="Tools that are signed in">
        <PersonTools email={email} mayChange={mayChange} />
      </Section>
      <Section title="Subscriptions">
        <PersonSubscriptions person={person} mayChange={mayChange} />
      </Section>
      <Section title="What changed the balance">
        <PersonLedger email={email} />
      </Section>
      <Section title="What was changed about them">
        <PersonAudit email={email} />
      </Section>
    </Stack>
  )
}
