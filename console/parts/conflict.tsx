import { Alert, Button, Group, ScrollArea, Stack, Table, Text } from '@mantine/core'
import { sameValue, valueIn, type FieldValue, type FormField } from './field.ts'
import { type Edit } from './edit.ts'

/** A value of a field in words. */
export function inWords(value: FieldValue, { none = 'none', kind }: Pick<FormField, 'none' | 'kind'>): string {
  if (value === null || value === undefined || value === '') return none
  if (kind === 'secret') return 'a new one'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? none : value.join(', ')
  if (typeof value !== 'object') return String(value)
  if (kind === 'secrets') return `new ones: ${Object.keys(value).join(', ')}`
  const lines = Object.entries(value).map(([from, to]) => `${from} → ${to}`)
  return lines.length === 0 ? none : lines.join(', ')
}

const isSecret = ({ kind }: FormField) => kind === 'secret' || kind === 'secrets'

/** Somebody else changed the row meanwhile: both versions, and a way out in either direction. */
export function Conflict<Row extends { version: number }>({ edit, fields }: { edit: Edit<Row>; fields: readonly FormField[] }) {
  const { begun, theirs, changes } = edit
  if (theirs === null) return null
  const before = (name: string) => valueIn(begun, name)
  const now = (name: string) => valueIn(theirs, name)
  const isSeen = fields.some(({ name }) => !sameValue(before(name), now(name)))
  const touched = fields.filter(({ name }) => name in changes || !sameValue(before(name), now(name)))
  return (
    <Alert color="orange" title="Somebody else changed this meanwhile" role="alert">
      <Stack gap="sm">
        <Text size="sm">
          Nothing of yours has been saved. Saving it now keeps what they did in all fields that you left as they were.
          {isSeen ? null : ' What they did is not shown here, such as a new secret.'}
        </Text>
        <ScrollArea>
          <Table aria-label="Both versions" withTableBorder>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Field</Table.Th>
                <Table.Th>When you began</Table.Th>
                <Table.Th>Now</Table.Th>
                <Table.Th>Yours</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {touched.map((field) => (
                <Table.Tr key={field.name}>
                  <Table.Th scope="row">{field.label}</Table.Th>
                  <Table.Td>{isSecret(field) ? 'not shown' : inWords(before(field.name), field)}</Table.Td>
                  <Table.Td>{isSecret(field) ? 'not shown' : inWords(now(field.name), field)}</Table.Td>
                  <Table.Td>{field.name in changes ? inWords(changes[field.name], field) : 'left as it was'}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => edit.takeTheirs(theirs)}>
            Drop mine
          </Button>
          <Button onClick={() => edit.saveOver(theirs)} loading={edit.isSaving}>
            Save mine on top
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
