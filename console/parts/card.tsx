import { Group, Paper, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Name } from './name.tsx'
import { State } from './standing.tsx'

interface CardProps {
  /** By which assistive technology finds it. */
  label: string
  name: string
  state?: string
  children: ReactNode
}

/** One thing of several that stand beside each other: its name, its state, and what is to be known of it. */
export function Card({ label, name, state, children }: CardProps) {
  return (
    <Paper withBorder p="sm" component="article" aria-label={label}>
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} component="div">
            <Name of={name} />
          </Text>
          {state === undefined ? null : <State state={state} />}
        </Group>
        {children}
      </Stack>
    </Paper>
  )
}
