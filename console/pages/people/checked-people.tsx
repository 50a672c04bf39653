import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { Command } from '../../parts/command.tsx'
import { CopyLine } from '../../parts/copy.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { Problem } from '../../parts/problem.tsx'
import { fileOf, type Gift, type PersonLine } from './lines.ts'

type Result = 'new' | 'there' | 'repeated' | 'wrong' | 'unknown'

interface CheckedLine extends PersonLine {
  result: Result
  problem: string | null
}

/** What each line would do. */
export interface Checked {
  lines: readonly CheckedLine[]
  warnings: readonly string[]
}

const WORDS: Record<Result, { text: string; color: string }> = {
  new: { text: 'will be added', color: 'green' },
  there: { text: 'is here already, stays as it is', color: 'gray' },
  repeated: { text: 'stands above, too', color: 'gray' },
  wrong: { text: 'is wrong', color: 'red' },
  unknown: { text: 'not looked at yet', color: 'gray' }
}

const COLUMNS: readonly TableColumn<CheckedLine>[] = [
  { id: 'line', header: 'Line', cell: ({ number }) => number, value: ({ number }) => number, numeric: true },
  { id: 'email', header: 'E-mail', cell: ({ email }) => <Name of={email} width={360} />, value: ({ email }) => email },
  {
    id: 'result',
    header: 'Result',
    cell: ({ result, problem }) => (
      <Group gap="xs">
        <Badge variant="light" tt="none" color={WORDS[result].color}>
          {WORDS[result].text}
        </Badge>
        {problem === null ? null : <Text size="sm">{problem}</Text>}
      </Group>
    ),
    value: ({ result }) => result
  }
]

interface CheckedPeopleProps {
  checked: Checked
  gift: Gift
  isAdding: boolean
  error: Error | null
  onAdd: (emails: readonly string[]) => void
  onBack: () => void
}

/** What would happen, before it does. */
export function CheckedPeople({ checked: { lines, warnings }, gift, isAdding, error, onAdd, onBack }: CheckedPeopleProps) {
  const emails = lines.filter(({ result }) => result === 'new').map(({ email }) => email)
  const isWrong = lines.some(({ result }) => result === 'wrong')
  return (
    <Stack maw={900}>
      {isWrong ? (
        <Alert color="red" variant="light" title="Nobody can be added yet" role="alert">
          Put the lines right that are wrong; the rest is looked at then.
        </Alert>
      ) : (
        <Text>
          {emails.length === 0 ? 'There is nobody to add.' : 'Nothing has been changed yet. This is what would happen:'}
        </Text>
      )}
      {warnings.map((warning) => (
        <Alert key={warning} color="yellow" variant="light">
          {warning}
        </Alert>
      ))}
      <Problem error={error} />
      <Group>
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button onClick={() => onAdd(emails)} loading={isAdding} disabled={emails.length === 0}>
          {emails.length === 1 ? 'Add one person' : `Add ${emails.length} people`}
        </Button>
      </Group>
      <DataTable name="What would happen" columns={COLUMNS} rows={lines} rowKey={({ number }) => String(number)} empty="" />
      {emails.length === 0 ? null : <SameInTerminal emails={emails} gift={gift} />}
    </Stack>
  )
}

function SameInTerminal({ emails, gift }: { emails: readonly string[]; gift: Gift }) {
  return (
    <details>
      <summary>The same in a terminal</summary>
      <Stack gap="xs" mt="xs">
        <Text size="sm">Put this into a file people.json:</Text>
        <CopyLine text={fileOf(emails, gift)} label="declarative file" />
        <Command words={['apply', '-f', 'people.json']} />
      </Stack>
    </details>
  )
}
