import { Group, Stack, Title } from '@mantine/core'
import { useEffect, type ReactNode } from 'react'

/** A page below the shell: its heading, what belongs beside it, and the rest. */
export function Page({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Sluice`
  }, [title])
  return (
    <Stack gap="md">
      <Group justify="space-between" align="center">
        {/* It may be a name: of any length, in any script. */}
        <Title order={1} style={{ overflowWrap: 'anywhere' }}>
          <bdi>{title}</bdi>
        </Title>
        {aside}
      </Group>
      {children}
    </Stack>
  )
}
