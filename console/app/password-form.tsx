import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { $api } from '../api/client.ts'
import { Form } from '../parts/form.tsx'
import { Problem } from '../parts/problem.tsx'

export interface PasswordFormProps {
  /** Whose password is asked for; null: anybody's. */
  email: string | null
  onSignedIn: () => Promise<void>
}

/** Signs in with a password. */
export function PasswordForm({ email: given, onSignedIn }: PasswordFormProps) {
  const [email, setEmail] = useState(given ?? '')
  const [password, setPassword] = useState('')
  const signIn = $api.useMutation('post', '/me/v1/sign-in', { onSuccess: onSignedIn })

  return (
    <Form onSubmit={() => signIn.mutate({ body: { email, password } })}>
      <Stack>
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          readOnly={given !== null}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          data-autofocus={given === null ? undefined : true}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Problem error={signIn.error} title="Not signed in" />
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </Form>
  )
}
