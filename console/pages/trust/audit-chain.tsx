import { Badge, Text } from '@mantine/core'
import { Section } from '../../parts/section.tsx'
import { formatCount } from '../../parts/amounts.ts'
import { CopyLine } from '../../parts/copy.tsx'
import { Facts } from '../../parts/facts.tsx'
import { PageLink } from '../../parts/links.tsx'
import { When } from '../../parts/when.tsx'
import type { TrustReport } from './trust.tsx'

type Chain = TrustReport['audit_chain']

/** Whether the log of changes is as it was written. */
export function AuditChain({ chain }: { chain: Chain }) {
  const { seq, hash, last_entry_at: at, old_entries: old } = chain
  return (
    <Section title="Audit log">
      <Text size="sm" mb="xs" maw={760}>
        Who changed what is kept in a chain: each entry has the hash of the one before it, and the database refuses to change or
        remove any. Whoever owns the database could compute a whole new chain, so keep its head elsewhere from time to time.{' '}
        <PageLink to="/audit">See the log</PageLink>
      </Text>
      <Facts
        name="Audit log"
        facts={[
          ['Verified', <Verified key="verified" of={chain.verified} />],
          [
            'Length',
            `${formatCount(Number(seq))} entries${old === 0 ? '' : `, and ${formatCount(old)} from before the chain`}`
          ],
          ['Last entry', <When key="at" at={at} />]
        ]}
      />
      <Text size="sm" mt="xs" mb={4}>
        Its head now
      </Text>
      <CopyLine text={`${seq} ${hash}`} label="head" />
    </Section>
  )
}

function Verified({ of }: { of: Chain['verified'] }) {
  if (of === null) return <Text size="sm">not yet</Text>
  return (
    <Text size="sm" component="div">
      <Badge variant="light" tt="none" color={of.ok ? 'green' : 'red'} mr="xs">
        {of.ok ? 'intact' : 'changed'}
      </Badge>
      <When at={of.at} />, up to entry {of.head.seq}
      {of.broken === null ? null : (
        <>
          : broken at entry {of.broken.seq ?? of.broken.id ?? 'unknown'}: {of.broken.problem}
        </>
      )}
    </Text>
  )
}
