import { Alert, Group, Loader, Text } from '@mantine/core'
import { addUsd, formatCount, formatUsd } from '../../parts/amounts.ts'
import { When } from '../../parts/when.tsx'
import type { TrustReport, Verification } from './trust.tsx'
import { byWhom, checkedInWords } from './words.ts'

/** Whether the books agree, in one look. */
export function Books({ ledger: { last, running } }: { ledger: TrustReport['ledger'] }) {
  return (
    <>
      {running === null ? null : (
        <Group gap="xs" role="status">
          <Loader size="xs" />
          <Text size="sm">Verifying: {checkedInWords(running.checked)} so far</Text>
        </Group>
      )}
      {last === null ? (
        <Alert color="gray" title="The books have not been verified yet">
          The server does so by itself within the first minutes, and once a day from then on.
        </Alert>
      ) : (
        <Verdict of={last} />
      )}
    </>
  )
}

function Verdict({ of }: { of: Verification }) {
  const agrees = of.state === 'agrees'
  return (
    <Alert
      color={agrees ? 'green' : 'red'}
      title={agrees ? 'The books agree' : 'The books do not agree'}
      {...(agrees ? {} : { role: 'alert' })}
    >
      <Text size="sm">
        Verified <When at={of.ended_at} />, by {byWhom(of.started_by)}: looked at {checkedInWords(of.checked)}.{' '}
        {agrees ? 'Nothing differs: the drift is $0.00.' : driftInWords(of)}
      </Text>
      {of.skipped_windows === 0 ? null : (
        <Text size="sm">
          {formatCount(of.skipped_windows)} open windows were left out: events of theirs are kept no longer, or their rules were
          changed.
        </Text>
      )}
    </Alert>
  )
}

function driftInWords({ found, kinds }: Verification): string {
  const usd = kinds.reduce((sum, { difference_usd: difference }) => addUsd(sum, difference), '0')
  return `${formatCount(found)} ${found === 1 ? 'value differs' : 'values differ'}, by ${formatUsd(usd)} in all (exactly ${usd} USD).`
}
