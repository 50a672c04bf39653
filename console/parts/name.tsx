import { Text } from '@mantine/core'

/** A name that somebody chose: of any length, in any script. It leaves the text around it as it is, and is whole on hover. */
export function Name({ of, width = 260 }: { of: string; width?: number | string }) {
  return (
    <Text span inherit dir="auto" truncate maw={width} title={of} style={{ display: 'inline-block', verticalAlign: 'bottom' }}>
      {of}
    </Text>
  )
}
