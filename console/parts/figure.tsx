import { Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** One figure that one looks at first, with its name above it. */
export function Figure({ name, value, about }: { name: string; value: ReactNode; about?: ReactNode }) {
  return (
    <Paper withBorder p="sm" role="group" aria-label={name}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text fz={26} fw={600} component="div">
        {value}
      </Text>
      {about === undefined ? null : (
        <Text size="xs" c="dimmed" component="div">
          {about}
        </Text>
      )}
    </Paper>
  )
}
