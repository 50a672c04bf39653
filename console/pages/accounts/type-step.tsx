import { Paper, Stack, Text, UnstyledButton } from '@mantine/core'
import type { AccountType } from './fields.ts'

const TYPES: readonly { type: AccountType; label: string; about: string }[] = [
  {
    type: 'api-key',
    label: 'API key',
    about: 'Of the Anthropic Console, or of any endpoint with the same API. It serves everybody in its groups.'
  },
  {
    type: 'oauth',
    label: 'Sign-in',
    about: 'A person signs in with their own plan; Sluice renews the tokens. It serves that person only, unless it is shared.'
  },
  {
    type: 'setup-token',
    label: 'Setup token',
    about: 'A person’s long-lived token, as `claude setup-token` prints it. It serves that person only, unless it is shared.'
  }
]

/** What the new account signs in with. */
export function TypeStep({ onChoose }: { onChoose: (type: AccountType) => void }) {
  return (
    <Stack gap="sm" mt="md">
      {TYPES.map(({ type, label, about }) => (
        <Paper key={type} withBorder>
          <UnstyledButton p="md" w="100%" onClick={() => onChoose(type)} aria-label={label}>
            <Text fw={600}>{label}</Text>
            <Text size="sm" c="dimmed">
              {about}
            </Text>
          </UnstyledButton>
        </Paper>
      ))}
      <Text size="sm" c="dimmed">
        Anthropic’s terms bar routing other people’s requests through somebody’s own sign-in.
      </Text>
    </Stack>
  )
}
