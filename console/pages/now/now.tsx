import { Alert, SimpleGrid, Stack, Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { Section } from '../../parts/section.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { AccountCard } from './account-card.tsx'
import { BusiestUsers } from './busiest-users.tsx'
import { Figures } from './figures.tsx'
import { Ground } from './ground.tsx'
import { Paused } from './paused.tsx'

export type Overview = ResponseOf<'get', '/admin/v1/overview'>

const POLL_MS = 2000

/** How all goes at this moment. It asks anew every two seconds while its tab is seen. */
export function Now() {
  const mayChange = useMayOperate()
  const overview = $api.useQuery(
    'get',
    '/admin/v1/overview',
    {},
    { refetchInterval: POLL_MS, refetchIntervalInBackground: false }
  )
  return (
    <Page title="Now">
      <Loaded query={overview}>
        {(now) => (
          <Stack gap="lg">
            {now.unserved_groups.length === 0 ? null : (
              <Alert color="orange" title="Groups that no account serves now">
                {now.unserved_groups.map(({ name, reason }) => (
                  <Text key={name} size="sm">
                    {name}: {reason}
                  </Text>
                ))}
              </Alert>
            )}
            <Figures overview={now} />
            <Paused count={now.paused} mayOperate={mayChange} />
            <Section title="Accounts">
              <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
                {now.accounts.length === 0 ? (
                  <Text c="dimmed">
                    There is no account yet: add one with npx sluice accounts add, or on the page Accounts.
                  </Text>
                ) : null}
                {now.accounts.map((account) => (
                  <AccountCard key={account.id} account={account} mayOperate={mayChange} />
                ))}
              </SimpleGrid>
            </Section>
            <BusiestUsers overview={now} />
            <Ground overview={now} />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}
