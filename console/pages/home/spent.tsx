import { SimpleGrid } from '@mantine/core'
import { Section } from '../../parts/section.tsx'
import { formatCount } from '../../parts/amounts.ts'
import { Figure } from '../../parts/figure.tsx'
import { Money, NotStated } from '../../parts/money.tsx'
import { dayOf } from '../../parts/times.ts'
import type { Me } from './home.tsx'

const requestsOf = ({ requests, since }: Me['spend']['today']) =>
  `${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'} since ${dayOf(Date.parse(since))} (UTC)`

/** What somebody has in use now, and has spent. */
export function Spent({ me: { slots, spend } }: { me: Me }) {
  return (
    <Section title="In use and spent">
      <SimpleGrid cols={{ base: 2, xs: 3 }}>
        <Figure
          name="Slots in use"
          value={slots === null ? <NotStated /> : `${slots.in_flight} of ${slots.limit === 0 ? 'any' : slots.limit}`}
          about={slots === null ? 'nobody can tell now' : slots.waiting === 0 ? 'nothing waits' : `${slots.waiting} waiting`}
        />
        <Figure name="Today" value={<Money usd={spend.today.charged_usd} />} about={requestsOf(spend.today)} />
        <Figure name="This month" value={<Money usd={spend.month.charged_usd} />} about={requestsOf(spend.month)} />
      </SimpleGrid>
    </Section>
  )
}
