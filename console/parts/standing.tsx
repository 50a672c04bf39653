import { Badge, Group, Progress, Text } from '@mantine/core'
import { formatShare } from './amounts.ts'
import { When } from './when.tsx'

const COLORS: Record<string, string> = {
  available: 'green',
  limited: 'yellow',
  cooling_down: 'orange',
  failing: 'orange',
  error: 'red',
  disabled: 'gray',
  active: 'green',
  expired: 'gray',
  suspended: 'orange',
  upcoming: 'blue'
}

/** A state in words and colour. */
export function State({ state }: { state: string }) {
  return (
    <Badge variant="light" color={COLORS[state] ?? 'gray'} tt="none" miw="max-content">
      {state.replaceAll('_', ' ')}
    </Badge>
  )
}

/** How much of a window or limit is used, and when it begins anew. */
export function UsedBar({ name, share, resetsAt }: { name: string; share: number | null; resetsAt: string | null }) {
  const color = share === null ? 'gray' : share >= 0.95 ? 'red' : share >= 0.75 ? 'orange' : 'green'
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="xs">
          {name}: {share === null ? 'not stated' : formatShare(share)}
        </Text>
        {resetsAt === null ? null : (
          <Text size="xs" c="dimmed">
            resets <When at={resetsAt} />
          </Text>
        )}
      </Group>
      <Progress value={Math.min(100, (share ?? 0) * 100)} color={color} size="sm" aria-label={`${name} used`} />
    </div>
  )
}
