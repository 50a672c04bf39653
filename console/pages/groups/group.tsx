import { Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useMayOperate } from '../../app/session.ts'
import { PageLink } from '../../parts/links.tsx'
import { RowHead, rowPage } from '../../parts/row-page.tsx'
import { Section } from '../../parts/section.tsx'
import { Facts, noteFact } from '../../parts/facts.tsx'
import { ListedKeys } from '../../parts/listed-keys.tsx'
import { GroupActions } from './group-actions.tsx'
import { GroupSubscriptions } from './group-members.tsx'
import { limitsOf, type GroupRow } from './groups.tsx'
import { ChangeManagedSettings, ManagedSettings } from './managed-settings.tsx'
import { ServedBy } from './served-by.tsx'
import { useServers } from './use-servers.ts'

/** All of one group: who is in it, which accounts serve it, and on which terms. */
export const GroupPage = rowPage('/admin/v1/groups/{id}', GroupParts, 'Group', <PageLink to="/groups">All groups</PageLink>)

const WHO_PAYS: Record<string, string> = {
  balance: 'users, from their balance',
  subscription: 'nobody: what they use is limited by windows of time'
}

function GroupParts({ row: group }: { row: GroupRow }) {
  const mayChange = useMayOperate()
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
      <RowHead state={status} actions={<GroupActions group={group} />} />
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
      <Section title="Managed settings" aside={mayChange ? <ChangeManagedSettings group={group} /> : null}>
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
