import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { $api } from '../../api/client.ts'
import { formatCount } from '../../parts/amounts.ts'
import { CopyLine } from '../../parts/copy.tsx'
import { Problem } from '../../parts/problem.tsx'

/** Recomputes the chain of the audit log when it is asked to, and shows its head. */
export function Chain() {
  const chain = $api.useQuery('get', '/admin/v1/audit-log/verification', {}, { enabled: false, staleTime: Infinity })
  const { data, error, isFetching } = chain
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" size="compact-sm" loading={isFetching} onClick={() => void chain.refetch()}>
          Verify the chain
        </Button>
        <Text size="sm" c="dimmed">
          Each entry has the hash of the one before it. It is all computed anew, which takes a while for a long log.
        </Text>
      </Group>
      <Problem error={error} />
      {data === undefined || isFetching ? null : data.broken === null ? (
        <Alert
          color="green"
          title={`The log is intact: ${formatCount(data.entries)} entries in the chain, ${formatCount(data.old_entries)} from before it`}
        >
          <Text size="sm">
            Keep its head elsewhere from time to time: whoever owns the database could compute a whole new chain.
          </Text>
          <CopyLine text={`${data.head.seq} ${data.head.hash}`} label="head" />
        </Alert>
      ) : (
        <Alert color="red" role="alert" title="The log was changed">
          <Text size="sm">
            {data.broken.problem} (id {data.broken.id ?? 'unknown'}, seq {data.broken.seq ?? 'unknown'})
          </Text>
        </Alert>
      )}
    </Stack>
  )
}
