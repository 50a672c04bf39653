import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { ConnectCard } from '../../parts/connect-card.tsx'
import { CopyIcon } from '../../parts/copy.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { LinkButton } from '../../parts/links.tsx'
import { Name } from '../../parts/name.tsx'
import type { Applied } from './add-people.tsx'

type NewKey = Applied['created_keys'][number]

/** A cell of a CSV file: quoted, and no formula to whoever opens it in a spreadsheet. */
const cell = (text: string) => `"${text.replace(/^[=+@-]/, "'$&").replaceAll('"', '""')}"`

const csvOf = (keys: readonly NewKey[]) =>
  ['email,name,key', ...keys.map(({ email, name, key }) => [email, name, key].map(cell).join(','))].join('\n')

/** What was done, and the new keys, which are shown this once. */
export function AddedPeople({
  applied: { plan, warnings, created_keys: keys },
  onMore
}: {
  applied: Applied
  onMore: () => void
}) {
  const added = plan.filter(({ kind, action }) => kind === 'user' && action === 'create')
  const [shown, setShown] = useState<NewKey | null>(keys.length === 1 ? keys[0]! : null)
  const columns: readonly TableColumn<NewKey>[] = [
    { id: 'email', header: 'E-mail', cell: ({ email }) => <Name of={email} width={300} />, value: ({ email }) => email },
    { id: 'name', header: 'Key', cell: ({ name }) => <Name of={name} width={160} />, value: ({ name }) => name },
    {
      id: 'key',
      header: 'Secret',
      cell: ({ key, email }) => (
        <Group gap={4} wrap="nowrap">
          <Text span size="sm" ff="monospace">
            {key}
          </Text>
          <CopyIcon text={key} label={`key of ${email}`} />
        </Group>
      )
    },
    {
      id: 'card',
      header: 'Hand over',
      cell: (key) => (
        <Button size="compact-sm" variant="default" onClick={() => setShown(key)}>
          How to connect
        </Button>
      )
    }
  ]
  return (
    <Stack maw={1000}>
      <Alert
        color="green"
        variant="light"
        title={added.length === 1 ? 'One person was added' : `${added.length} people were added`}
      >
        {keys.length === 0 ? null : 'Their keys are shown this once: copy them before you leave this page.'}
      </Alert>
      {warnings.map((warning) => (
        <Alert key={warning} color="yellow" variant="light">
          {warning}
        </Alert>
      ))}
      {keys.length < 2 ? null : (
        <DataTable
          name="New keys"
          columns={columns}
          rows={keys}
          empty=""
          footer={
            <Group gap={4}>
              <Text size="sm">All of them as CSV</Text>
              <CopyIcon text={csvOf(keys)} label="all keys as CSV" />
            </Group>
          }
        />
      )}
      {shown === null ? null : (
        <>
          <Text>
            For <bdi>{shown.email}</bdi>:
          </Text>
          <ConnectCard key={shown.email} name={shown.name} secret={shown.key} />
        </>
      )}
      <Group>
        <LinkButton to="/people">All people</LinkButton>
        <Button variant="default" onClick={onMore}>
          Add more
        </Button>
      </Group>
    </Stack>
  )
}
