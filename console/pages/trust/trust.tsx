import { Stack, Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { AuditChain } from './audit-chain.tsx'
import { Books } from './books.tsx'
import { Compared } from './compared.tsx'
import { Days } from './days.tsx'
import { Journals } from './journals.tsx'
import { LivedThrough } from './lived-through.tsx'
import { Verifications } from './verifications.tsx'
import { VerifyNow } from './verify-now.tsx'
import { IDLE_MS, RUNNING_MS } from './words.ts'

export type TrustReport = ResponseOf<'get', '/admin/v1/trust'>
export type Verification = NonNullable<TrustReport['ledger']['last']>

/** What an operator shows to finance or an auditor: that the books agree, how that is known, and what they have been through. */
export function Trust() {
  const mayChange = useMayOperate()
  const report = $api.useQuery(
    'get',
    '/admin/v1/trust',
    {},
    {
      refetchInterval: ({ state }) => (state.data?.ledger.running ? RUNNING_MS : IDLE_MS),
      refetchIntervalInBackground: false
    }
  )
  return (
    <Page title="Trust" aside={mayChange ? <VerifyNow isRunning={(report.data?.ledger.running ?? null) !== null} /> : null}>
      <Text size="sm" maw={760}>
        Each request that may have cost something is one usage event, written once. Balances, windows, and the sums of hours and
        days are made of these events. Once a day Sluice makes them all anew, and says here where anything differs.
      </Text>
      <Loaded query={report}>
        {({ ledger, audit_chain: chain, replicas, days }) => (
          <Stack gap="xl">
            <Stack gap="lg">
              <Books ledger={ledger} />
              {ledger.last === null ? null : <Compared verification={ledger.last} />}
              <Verifications />
            </Stack>
            <Days days={days} />
            <AuditChain chain={chain} />
            <Journals replicas={replicas} />
            <LivedThrough />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}
