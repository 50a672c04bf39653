import { Alert, Button, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Problem } from './problem.tsx'

interface TrialProps {
  /** On the button. */
  label: string
  /** What it does and what that costs. */
  about: ReactNode
  isPending: boolean
  onBegin: () => void
  error: unknown
  /** Where it could not be tried at all. */
  failed: string
  /** Null while nothing is known. */
  outcome: { ok: boolean; title: string; text: ReactNode } | null
}

/** A button that tries something, and below it what became of that. */
export function Trial({ label, about, isPending, onBegin, error, failed, outcome }: TrialProps) {
  return (
    <Stack gap="xs" align="flex-start">
      <Button variant="default" loading={isPending} onClick={onBegin}>
        {label}
      </Button>
      <Text size="xs" c="dimmed">
        {about}
      </Text>
      <Problem error={error} title={failed} />
      {outcome === null ? null : (
        <Alert color={outcome.ok ? 'green' : 'red'} variant="light" title={outcome.title} role="status" w="100%">
          {outcome.text}
        </Alert>
      )}
    </Stack>
  )
}
