import { formatCount, formatShare } from '../../parts/amounts.ts'
import { Money, NotStated } from '../../parts/money.tsx'
import { MEASURES, type Measure, type Sums } from './measures.ts'

/** What a measure says of sums. */
export function Amount({ measure, sums }: { measure: Measure; sums: Sums }) {
  const { unit, of } = MEASURES[measure]
  const value = of(sums)
  if (value === null) return <NotStated />
  if (unit === 'usd') return <Money usd={value} />
  return <span title={value}>{unit === 'share' ? formatShare(Number(value)) : formatCount(Number(value))}</span>
}
