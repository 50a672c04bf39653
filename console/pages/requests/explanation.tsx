import { Alert, Stack, Text } from '@mantine/core'
import { WAIT_WORDS, whyNoUsage } from '../../../services/gateway/traces/exchange-words.ts'
import { formatMs } from '../../parts/amounts.ts'
import { Section } from '../../parts/section.tsx'
import { Attempts } from './attempts.tsx'
import { Choices } from './choices.tsx'
import type { Exchange } from './exchange.ts'
import { Facts } from './facts.tsx'
import { FormulaOf } from './formula.tsx'
import { PlainTable } from './plain-table.tsx'
import { TimelineChart } from './timeline-chart.tsx'

/** All that is known of a request, in the order in which it happened. */
export function Explanation({ exchange }: { exchange: Exchange }) {
  const { refused_early: early, limits, waits, choices, attempts, usage, left_out: leftOut } = exchange
  const after = (at: string) => `+${formatMs(Math.max(0, Date.parse(at) - Date.parse(exchange.created_at)))}`
  return (
    <Stack gap="lg">
      <Facts exchange={exchange} />
      {early === null ? (
        <Section title="Timeline">
          <TimelineChart exchange={exchange} />
        </Section>
      ) : null}
      {limits.length === 0 ? null : (
        <Section title="Limits">
          <PlainTable
            title="Limits"
            heads={['When', 'Limit', 'Outcome', '#Used', '#Limit is', 'Besides']}
            rows={limits.map(({ at, name, outcome, used, limit, detail }) => [
              after(at),
              name.replaceAll('_', ' '),
              <Text
                key="outcome"
                inherit
                span
                fw={outcome === 'refused' ? 700 : 400}
                c={outcome === 'refused' ? 'red' : 'inherit'}
              >
                {outcome}
              </Text>,
              used,
              limit === '0' ? 'none' : limit,
              detail
            ])}
          />
        </Section>
      )}
      {waits.length === 0 ? null : (
        <Section title="Waits">
          <PlainTable
            title="Waits"
            heads={['Until', 'For', 'Outcome', '#Waited']}
            rows={waits.map(({ at, for: slot, ms, outcome, other_sessions: others }) => [
              after(at),
              slot === 'account'
                ? 'a slot on an account'
                : `a slot of the user${others ? `, taking turns with ${others} other session${others === 1 ? '' : 's'}` : ''}`,
              WAIT_WORDS[outcome].replace(':', ''),
              formatMs(ms)
            ])}
          />
        </Section>
      )}
      {choices.length === 0 ? null : (
        <Section title="Choice of an account">
          <Choices choices={choices} after={after} />
        </Section>
      )}
      {attempts.length === 0 ? null : (
        <Section title="Attempts">
          <Attempts attempts={attempts} after={after} />
        </Section>
      )}
      {early === null ? (
        <Section title="What it cost">
          {usage.length === 0 ? (
            <Text>{whyNoUsage(exchange).replace('none: ', 'Nothing: ')}</Text>
          ) : (
            <Stack>
              {usage.map((event) => (
                <FormulaOf key={event.id} event={event} />
              ))}
            </Stack>
          )}
        </Section>
      ) : null}
      {leftOut === 0 ? null : <Alert color="gray">{leftOut} more entries were not kept: there were too many.</Alert>}
    </Stack>
  )
}
