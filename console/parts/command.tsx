import { Text } from '@mantine/core'
import { CopyLine } from './copy.tsx'

/** A word as a POSIX shell reads it. */
export const shellWord = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

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
