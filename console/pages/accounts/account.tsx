import { Group, Stack } from '@mantine/core'
import { useParams, useRouteContext } from '@tanstack/react-router'
import { $api, type ResponseOf } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import { Section } from '../../parts/section.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { LinkButton, PageLink } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
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
export function Account() {
  const { id } = useParams({ from: '/signed-in/operators/accounts/$id' })
  const account = $api.useQuery('get', '/admin/v1/accounts/{id}', { params: { path: { id } } }, { refetchInterval: POLL_MS })
  return (
    <Page title={account.data?.name ?? 'Account'} aside={<PageLink to="/accounts">All accounts</PageLink>}>
      <Loaded query={account}>{(row) => <AccountParts row={row} />}</Loaded>
    </Page>
  )
}

function AccountParts({ row }: { row: AccountRow }) {
  const { session } = useRouteContext({ from: '/signed-in' })
  const standing = useStandings()?.get(row.name)
  const { id, name, type, concurrency, cooldowns, schedulable } = row
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <StateAndWhy standing={standing} isUsed={schedulable} />
        {mayOperate(session) ? (
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
      {type === 'api-key' || !mayOperate(session) ? null : <SignIn id={id} name={name} />}
    </Stack>
  )
}
