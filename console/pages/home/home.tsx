import { Text } from '@mantine/core'
import { $api } from '../../api/client.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Money } from '../../parts/money.tsx'
import { Page } from '../../parts/page.tsx'

/** What somebody has left. */
export function Home() {
  const me = $api.useQuery('get', '/me/v1')
  return (
    <Page title="Home">
      <Loaded query={me}>
        {({ balance_usd: balance }) => (
          <Text>
            Balance: <Money usd={balance} />
          </Text>
        )}
      </Loaded>
    </Page>
  )
}
