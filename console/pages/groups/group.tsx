import { Group, Stack } from '@mantine/core'
import { useParams, useRouteContext } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { $api } from '../../api/client.ts'
import { mayOperate } from '../../app/session.ts'
import { Section } from '../../parts/section.tsx'
import { Facts, noteFact } from '../../parts/facts.tsx'
import { PageLink } from '../../parts/links.tsx'
import { ListedKeys } from '../../parts/listed-keys.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { State } from '../../parts/standing.tsx'
import { GroupActions } from './group-actions.tsx'
import { GroupSubscriptions } from './group-members.tsx'
import { limitsOf, type GroupRow } from './groups.tsx'
import { ChangeManagedSettings, ManagedSettings } from './managed-settings.tsx'
import { ServedBy } from './served-by.tsx'
import { useServers } from './use-servers.ts'

/** All of one group: who is in it, which accounts serve it, and on which terms. */
export function GroupPage() {
  const { id } = useParams({ from: '/signed-in/operators/groups/$id' })
  const group = $api.useQuery('get', '/admin/v1/groups/{id}', { params: { path: { id } } })
  return (
    <Page title={group.data?.name ?? 'Group'} aside={<PageLink to="/groups">All groups</PageLink>}>
      <Loaded query={group}>{(row) => <GroupParts key={row.id} group={row} />}</Loaded>
    </Page>
  )
}

const WHO_PAYS: Record<string, string> = {
  balance: 'users, from their balance',
  subscription: 'nobody: what they use is limited by windows of time'
}

function GroupParts({ group }: { group: GroupRow }) {
  const { session } = useRouteContext({ from: '/signed-in' })
  const servers = useServers()
  const { name, kind, status, rate_multiplier: multiplier, allowed_models: models, model_mapping: mapping, note } = group
  const mapped = Object.entries(mapping)
  const windows: [string, ReactNode][] =
    kind === 'subscription'
      ? [
          ['Limits of each member', limitsOf(group)],
          ['Windows begin', group.window_anchor === 'calendar' ? `by the calendar, ${group.time_zone}` : 'with the first use']
        ]
      : []
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <State state={status} />
        {mayOperate(session) ? <GroupActions group={group} /> : null}
      </Group>
      <Facts
        name="What it is"
        facts={[
          ['Served by', <ServedBy key="servers" servers={servers === undefined ? undefined : (servers.get(name) ?? [])} />],
          ['Who pays', WHO_PAYS[kind] ?? kind],
          ...windows,
          ['Multiplier', `× ${multiplier}`],
          ['Models', models === null ? 'all' : models.join(', ')],
          ['Model mapping', mapped.length === 0 ? 'none' : mapped.map(([from, to]) => `${from} → ${to}`).join(', ')],
          noteFact(note)
        ]}
      />
      <Section title="Managed settings" aside={mayOperate(session) ? <ChangeManagedSettings group={group} /> : null}>
        <ManagedSettings group={group} />
      </Section>
      {kind === 'subscription' ? (
        <Section title="Subscriptions">
          <GroupSubscriptions group={name} />
        </Section>
      ) : null}
      <Section title="Keys">
        <ListedKeys of={{ group: name }} empty="No key is in this group. A key’s group is chosen when it is created." />
      </Section>
    </Stack>
  )
}
