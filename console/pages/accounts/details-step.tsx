import { Button, Fieldset, Group, Stack } from '@mantine/core'
import type { Draft, FieldValue, FormField } from '../../parts/field.ts'
import { FieldInput } from '../../parts/form-field.tsx'
import { Form } from '../../parts/form.tsx'
import { fieldsOf, type AccountType } from './fields.ts'
import { useChoices } from './use-choices.ts'

const NAME: FormField = { name: 'name', label: 'Name', about: 'it cannot be changed later', kind: 'line', required: true }

/** What each type begins with; an `oauth` account gets its tokens by a sign-in. */
const SECRETS: Record<AccountType, readonly FormField[]> = {
  'api-key': [
    { name: 'api_key', label: 'API key', about: 'stored encrypted, and never shown', kind: 'secret', required: true }
  ],
  oauth: [],
  'setup-token': [
    {
      name: 'access_token',
      label: 'Setup token',
      about: 'stored encrypted, and never shown; without one, its owner signs in afterwards',
      kind: 'secret'
    }
  ]
}

/** What one thinks of first; the rest is below. */
const FIRST = new Set(['groups', 'concurrency', 'priority', 'owner', 'shared'])

interface DetailsStepProps {
  type: AccountType
  draft: Draft
  onChange: (name: string, value: FieldValue) => void
  onBack: () => void
  onNext: () => void
}

export function DetailsStep({ type, draft, onChange, onBack, onNext }: DetailsStepProps) {
  const fields = fieldsOf(type, useChoices())
  const first = [NAME, ...SECRETS[type], ...fields.filter(({ name }) => FIRST.has(name))]
  const others = fields.filter(({ name }) => !FIRST.has(name) && name !== 'schedulable')
  const inputOf = (field: FormField) => (
    <FieldInput key={field.name} field={field} value={draft[field.name]} onChange={(value) => onChange(field.name, value)} />
  )
  return (
    <Form name="Details" onSubmit={() => onNext()}>
      <Stack mt="md">
        {first.map(inputOf)}
        <Fieldset legend="What most accounts don’t need">
          <Stack>{others.map(inputOf)}</Stack>
        </Fieldset>
        <Group justify="flex-end">
          <Button variant="default" onClick={onBack}>
            Back
          </Button>
          <Button type="submit">Next</Button>
        </Group>
      </Stack>
    </Form>
  )
}
