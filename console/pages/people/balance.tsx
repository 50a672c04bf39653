import { Text } from '@mantine/core'
import { Money } from '../../parts/money.tsx'

/** A balance; one below zero stands out, since whoever has it is refused. */
export function Balance({ usd }: { usd: string }) {
  const isOwed = usd.startsWith('-')
  return (
    <Text span inherit {...(isOwed ? { c: 'var(--mantine-color-error)', fw: 600 } : {})}>
      <Money usd={usd} />
    </Text>
  )
}
