import { Anchor } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { isUsageToCome } from '../../../services/gateway/traces/exchange-words.ts'
import { $api } from '../../api/client.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import type { Side } from '../usage/side.ts'
import { Explanation } from './explanation.tsx'
import type { Exchange } from './exchange.ts'
import { FindExchange } from './find-exchange.tsx'

const AGAIN_MS = 2000

/** Asks again as long as usage is to come, which reaches the record a moment after the response. */
const untilUsage = (exchange: Exchange | undefined) =>
  exchange !== undefined && exchange.usage.length === 0 && isUsageToCome(exchange) ? AGAIN_MS : false

function whyPage(side: Side) {
  const to = side === 'all' ? '/requests' : '/my/requests'
  return function WhyPage() {
    const { id = '' } = useParams({ strict: false })
    const exchange = $api.useQuery(
      'get',
      `/${side === 'all' ? 'admin' : 'me'}/v1/exchanges/{id}`,
      { params: { path: { id } } },
      { refetchInterval: ({ state }) => untilUsage(state.data) }
    )
    return (
      <Page title="Why" aside={<FindExchange side={side} />}>
        <Anchor size="sm" w="fit-content" renderRoot={(props) => <Link {...props} to={to} />}>
          ← {side === 'all' ? 'Requests' : 'My requests'}
        </Anchor>
        <Loaded query={exchange}>{(exchange) => <Explanation exchange={exchange} />}</Loaded>
      </Page>
    )
  }
}

/** Why a request went as it did, for operators. */
export const Why = whyPage('all')

/** The same for one's own. */
export const MyWhy = whyPage('own')
