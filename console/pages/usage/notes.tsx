import { Alert, Group, Loader, Text } from '@mantine/core'

interface NotesProps {
  isCut: boolean
  isGrowing: boolean
  count: number
  isOff: boolean
}

/** What one must know to read the numbers. */
export function Notes({ isCut, isGrowing, count, isOff }: NotesProps) {
  return (
    <>
      {isGrowing ? (
        <Group gap="xs" role="status">
          <Loader size="xs" />
          <Text size="sm">{count} sums so far; more are on their way, and the totals come last.</Text>
        </Group>
      ) : null}
      {isCut ? (
        <Alert color="orange" role="status">
          These are the first {count} sums of more: no totals are shown. Choose days instead of hours, a shorter time, or a
          filter.
        </Alert>
      ) : null}
      {isOff ? (
        <Text size="sm" c="dimmed">
          Days are those of UTC: usage is summed up by its full hours, and days of your time zone begin at none.
        </Text>
      ) : null}
    </>
  )
}
