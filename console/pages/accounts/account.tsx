import { Group, Stack } from '@mantine/core'
import { type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { rowPage } from '../../parts/row-page.tsx'
import { Section } from '../../parts/section.tsx'
import { Facts } from '../../parts/facts.tsx'
import { LinkButton, PageLink } from '../../parts/links.tsx'
import { AccountActions } from '../now/account-actions.tsx'
import { Cooldowns } from './cooldowns.tsx'
import { factsOf } from './facts-of.tsx'
import { Holders } from './holders.tsx'
import { AccountMapping } from './mapping.tsx'
import { RefreshAccount, RemoveAccount } from './more-actions.tsx'
import { SignIn } from './sign-in.tsx'
import { slotsOf, StateAndWhy, useStandings, Windows } from './standing.tsx'

export type AccountRow = ResponseOf<'get', '/admin/v1/accounts/{id}'>

const POLL_MS = 5000

/** All of one account: how it stands and why, what it is set to, and what can be done about it. */
export const Account = rowPage(
  '/admin/v1/accounts/{id}',
  AccountParts,
  'Account',
  <PageLink to="/accounts">All accounts</PageLink>,
  { refetchInterval: POLL_MS }
)

function AccountParts({ row }: { row: AccountRow }) {
  const mayChange = useMayOperate()
  const standing = useStandings()?.get(row.name)
  const { id, name, type, concurrency, cooldowns, schedulable } = row
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <StateAndWhy standing={standing} isUsed={schedulable} />
        {mayChange ? (
          <Group gap="xs">
            <AccountActions id={id} name={name} state={standing?.state ?? row.status} />
            {type === 'oauth' ? <RefreshAccount name={name} /> : null}
            <LinkButton size="compact-sm" variant="default" to="/accounts/$id/change" params={{ id }}>
              Change
            </LinkButton>
            <RemoveAccount name={name} />
          </Group>
        ) : null}
      </Group>
      <Section title="Now">
        <Facts
          name="Now"
          facts={[
            ['Slots in use', slotsOf(standing, concurrency)],
            ['Usage windows', <Windows key="windows" windows={standing?.windows ?? []} />]
          ]}
        />
      </Section>
      <Holders id={id} />
      <Cooldowns cooldowns={cooldowns ?? []} />
      <Section title="What it is set to">
        <Facts name="What it is set to" facts={factsOf(row)} />
      </Section>
      <Section title="What becomes of models">
        <AccountMapping id={id} />
      </Section>
      {type === 'api-key' || !mayChange ? null : <SignIn id={id} name={name} />}
    </Stack>
  )
}
