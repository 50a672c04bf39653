import { Text } from '@mantine/core'
import { CopyLine } from './copy.tsx'
import { shellWord } from './shell-word.ts'

/** What the page does as a `sluice` command line. */
export function Command({ words }: { words: readonly string[] }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        The same in a terminal
      </Text>
      <CopyLine text={['npx sluice', ...words.map(shellWord)].join(' ')} label="command" />
    </div>
  )
}
