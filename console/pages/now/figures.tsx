import { SimpleGrid } from '@mantine/core'
import { formatCount, formatMs, formatShare, formatShort } from '../../parts/amounts.ts'
import { Figure } from '../../parts/figure.tsx'
import { Money, NotStated } from '../../parts/money.tsx'
import type { Overview } from './now.tsx'

const countOf = (count: number | null) => (count === null ? <NotStated /> : formatCount(count))

/** The few figures that one looks at first. */
export function Figures({
  overview: { in_flight: inFlight, waiting, longest_wait_ms: waitMs, usage }
}: {
  overview: Overview
}) {
  const minute = usage?.find(({ seconds }) => seconds === 60) ?? null
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }}>
      <Figure name="In flight" value={countOf(inFlight)} />
      <Figure
        name="Waiting"
        value={countOf(waiting)}
        {...(waitMs === null ? {} : { about: `the longest for ${formatMs(waitMs)}` })}
      />
      <Figure name="Requests a minute" value={countOf(minute?.requests ?? null)} about="attempts that ended in the last 60 s" />
      <Figure
        name="Charged a minute"
        value={<Money usd={minute?.charged_usd ?? null} />}
        {...(minute === null
          ? {}
          : {
              about: `${formatShort(minute.input_tokens + minute.output_tokens + minute.cache_read_tokens + minute.cache_creation_tokens)} tokens`
            })}
      />
      <Figure
        name="Errors"
        value={minute === null ? <NotStated /> : formatCount(minute.errors)}
        about={
          minute === null || minute.requests === 0
            ? 'in the last 60 s'
            : `${formatShare(minute.errors / minute.requests)} of the last 60 s`
        }
      />
    </SimpleGrid>
  )
}
