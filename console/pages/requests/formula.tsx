import { Alert, Stack, Text } from '@mantine/core'
import { CATEGORY_WORDS } from '../../../services/gateway/traces/exchange-words.ts'
import { meaningsOf } from '../../../services/money/usage/cost-marks.ts'
import { formatCount } from '../../parts/amounts.ts'
import { Money } from '../../parts/money.tsx'
import type { ExchangeUsage, Formula } from './exchange.ts'
import { PlainTable } from './plain-table.tsx'
import { OUTCOMES } from './search.ts'

/** What an attempt cost: each kind of token by its price, summed up, by the group's multiplier. */
export function FormulaOf({ event }: { event: ExchangeUsage }) {
  const { attempt, outcome, basis, model, formula } = event
  return (
    <Stack gap={6}>
      <Text size="sm">
        Attempt {attempt}: {OUTCOMES[outcome] ?? outcome}, numbers {basis}, {model}
      </Text>
      {formula === null ? <WithoutFormula event={event} /> : <Lines event={event} formula={formula} />}
      {meaningsOf(event).map((meaning) => (
        <Text key={meaning} size="sm">
          {meaning}
        </Text>
      ))}
    </Stack>
  )
}

function WithoutFormula({ event: { cost_usd: cost, charged_usd: charged, price_version: version } }: { event: ExchangeUsage }) {
  return (
    <Text size="sm">
      List cost <Money usd={cost} />, charged <Money usd={charged} />. Its prices ({version}) are not on record.
    </Text>
  )
}

function Lines({ event, formula }: { event: ExchangeUsage; formula: Formula }) {
  const { lines, sum_usd: sum, cost_usd: cost, rate_multiplier: multiplier, charged_usd: charged, matches } = formula
  const choosing = [formula.service_tier, formula.speed, formula.inference_geo].filter((fact) => fact !== null)
  return (
    <>
      <PlainTable
        title={`Price of attempt ${event.attempt}`}
        heads={['Model', 'Kind', '#Quantity', '#Price', '#Amount']}
        rows={lines.map(({ model, category, quantity, price_usd: price, per, amount_usd: amount }) => [
          model ?? event.model,
          CATEGORY_WORDS[category],
          formatCount(quantity),
          `${price} USD per ${per === 1000 ? 'thousand' : 'million'}`,
          `${amount} USD`
        ])}
        foot={['Sum', '', '', '', `${sum} USD`]}
      />
      <Text size="sm">
        Rounded: list cost {cost} USD × {multiplier} (the group’s multiplier) = <strong>{charged} USD charged</strong>. Prices:{' '}
        {event.price_version}.
      </Text>
      {choosing.length === 0 ? null : <Text size="sm">As the upstream reported it: {choosing.join(', ')}.</Text>}
      {matches ? null : (
        <Alert color="red" title="This is not what is on record">
          On record are a list cost of {event.cost_usd} USD and a charge of {event.charged_usd} USD.
        </Alert>
      )}
    </>
  )
}
