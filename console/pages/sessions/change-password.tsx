import { Button, PasswordInput, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { $api } from '../../api/client.ts'
import { Form } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'

const MIN_LENGTH = 12

/** Changes the password; who has none is told who gives one. */
export function ChangePassword({ hasPassword, email }: { hasPassword: boolean; email: string }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const queries = useQueryClient()
  const change = $api.useMutation('post', '/me/v1/password', {
    async onSuccess() {
      for (const set of [setCurrent, setNext, setAgain]) set('')
      notifications.show({ message: 'Your password is changed, and your other sessions have ended' })
      await queries.invalidateQueries()
    }
  })
  if (!hasPassword) {
    return (
      <Text size="sm">You sign in through your OpenID provider and have no password here. An operator can give you one.</Text>
    )
  }
  const isShort = next !== '' && next.length < MIN_LENGTH
  const differs = again !== '' && again !== next

  return (
    <Form
      name="Change the password"
      onSubmit={() => change.mutate({ body: { current_password: current, new_password: next } })}
    >
      <Stack maw={360}>
        {/* Password managers keep it under this name. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label="Present password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password"
          description={`At least ${MIN_LENGTH} characters`}
          autoComplete="new-password"
          required
          value={next}
          error={isShort ? `${MIN_LENGTH - next.length} more, at least` : null}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password once more"
          autoComplete="new-password"
          required
          value={again}
          error={differs ? 'It differs' : null}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <Problem error={change.error} />
        <Button
          type="submit"
          loading={change.isPending}
          disabled={current === '' || next.length < MIN_LENGTH || again !== next}
          style={{ alignSelf: 'flex-start' }}
        >
          Change the password
        </Button>
        <Text size="xs" c="dimmed">
          It ends all of your other sessions.
        </Text>
      </Stack>
    </Form>
  )
}
