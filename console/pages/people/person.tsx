import { Stack, Text } from '@mantine/core'
import { type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { PageLink } from '../../parts/links.tsx'
import { RowHead, rowPage } from '../../parts/row-page.tsx'
import { Sections } from '../../parts/section.tsx'
import { Facts, noteFact } from '../../parts/facts.tsx'
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
export const Person = rowPage('/admin/v1/users/{id}', PersonParts, 'Person', <PageLink to="/people">All people</PageLink>)

function PersonParts({ row: person }: { row: PersonRow }) {
  const mayChange = useMayOperate()
  const { email, role, status, concurrency, balance_usd: balance, note } = person
  return (
    <Stack gap="lg">
      <RowHead state={status} actions={<PersonActions person={person} />}>
        <Text size="sm">{role}</Text>
      </RowHead>
      <Facts
        name="What they have"
        facts={[
          ['Balance', <Balance key="balance" usd={balance} />],
          ['Slots in use', <SlotsNow key="slots" email={email} concurrency={concurrency} />],
          ['Sessions now', <SessionsNow key="sessions" email={email} />],
          noteFact(note)
        ]}
      />
      <Sections
        parts={{
          Keys: <PersonKeys person={person} mayChange={mayChange} />,
          'Tools that are signed in': <PersonTools email={email} mayChange={mayChange} />,
          Subscriptions: <PersonSubscriptions person={person} mayChange={mayChange} />,
          'What changed the balance': <PersonLedger email={email} />,
          'What was changed about them': <PersonAudit email={email} />
        }}
      />
    </Stack>
  )
}
