import { Button, Group, Stack, Text } from '@mantine/core'
import type { RequestOf } from '../../api/client.ts'
import { Section } from '../../parts/section.tsx'
import { Command } from '../../parts/command.tsx'
import { inWords } from '../../parts/conflict.tsx'
import type { Draft, FormField } from '../../parts/field.ts'
import { Facts } from '../../parts/facts.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { Problem } from '../../parts/problem.tsx'
import { fieldsOf, type AccountType } from './fields.ts'
import { NewMapping } from './mapping.tsx'
import { TryAccount } from './try-account.tsx'

interface CheckStepProps {
  type: AccountType
  given: Draft
  body: RequestOf<'post', '/admin/v1/accounts'>
  error: unknown
  isAdding: boolean
  onBack: () => void
  onAdd: () => void
}

const SECRETS: readonly FormField[] = [
  { name: 'api_key', label: 'API key', kind: 'secret' },
  { name: 'access_token', label: 'Setup token', kind: 'secret' }
]
const NO_CHOICES = { groups: [], proxies: [], models: [] }

/** All that was given, but for its secrets, before the account is added. */
export function CheckStep({ type, given, body, error, isAdding, onBack, onAdd }: CheckStepProps) {
  const fields: readonly FormField[] = [...SECRETS, ...fieldsOf(type, NO_CHOICES)]
  const facts = fields
    .filter(({ name }) => name in given)
    .map((field) => [field.label, inWords(given[field.name], field)] as const)
  return (
    <Stack mt="md">
      <Facts name="The new account" facts={[['Name', body.name], ['Type', type], ...facts]} />
      {body.credentials === undefined ? (
        <Text size="sm">It can be tested once its owner has signed in.</Text>
      ) : (
        <TryAccount body={body} />
      )}
      <Section title="What becomes of models">
        <NewMapping draft={given} />
      </Section>
      <Command words={['accounts', 'add', body.name, '--type', type, ...optionWords(given, fields)]} />
      <Problem error={error} title="Not added" />
      <Group justify="flex-end">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button onClick={onAdd} loading={isAdding}>
          Add
        </Button>
      </Group>
    </Stack>
  )
}
