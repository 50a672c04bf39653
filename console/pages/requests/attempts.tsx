import { RESULT_WORDS } from '../../../services/gateway/traces/exchange-words.ts'
import { formatMs } from '../../parts/amounts.ts'
import { NotStated } from '../../parts/money.tsx'
import { Name } from '../../parts/name.tsx'
import type { Attempt } from './exchange.ts'
import { PlainTable } from './plain-table.tsx'

interface AttemptsProps {
  attempts: readonly Attempt[]
  after: (at: string) => string
}

/** Each request that was sent upstream, and what came of it. */
export function Attempts({ attempts, after }: AttemptsProps) {
  const isOperators = attempts.some((attempt) => 'account' in attempt)
  return (
    <PlainTable
      title="Attempts"
      heads={[
        '#Attempt',
        'Sent',
        ...(isOperators ? ['Account'] : []),
        'As model',
        'Result',
        '#Status',
        '#Took',
        'What it means'
      ]}
      rows={attempts.map((attempt) => [
        attempt.attempt,
        after(attempt.started_at),
        ...('account' in attempt ? [<Name key="account" of={attempt.account} />] : []),
        <Name key="model" of={attempt.upstream_model} />,
        RESULT_WORDS[attempt.result],
        attempt.status ?? <NotStated />,
        formatMs(attempt.duration_ms),
        meaningOf(attempt)
      ])}
    />
  )
}

function meaningOf(attempt: Attempt): string {
  const detail = 'detail' in attempt ? attempt.detail : null
  return [attempt.verdict ?? null, detail].filter((part) => part !== null).join(': ')
}
