import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { $api } from '../../api/client.ts'
import { Section } from '../../parts/section.tsx'
import { Command } from '../../parts/command.tsx'
import { CopyLine } from '../../parts/copy.tsx'
import { Form } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'

/** Signs a person in for an account: a link, and the code that the page behind it shows. The verifier stays in this component. */
export function SignIn({ id, name, onDone }: { id: string; name: string; onDone?: () => void }) {
  const queries = useQueryClient()
  const [code, setCode] = useState('')
  const params = { path: { id } }
  const login = $api.useMutation('post', '/admin/v1/accounts/{id}/login')
  const complete = $api.useMutation('post', '/admin/v1/accounts/{id}/login/complete', {
    async onSuccess() {
      setCode('')
      login.reset()
      notifications.show({ color: 'green', message: `${name} is signed in` })
      await queries.invalidateQueries()
      onDone?.()
    }
  })

  return (
    <Section title="Sign in">
      <Stack maw={640}>
        <Text size="sm">
          Its owner signs in on a page of the provider and brings back the code that it shows. That also clears the account’s
          error and cooldowns.
        </Text>
        {login.data === undefined ? (
          <Button w="fit-content" loading={login.isPending} onClick={() => login.mutate({ params })}>
            Begin a sign-in
          </Button>
        ) : (
          <Form
            onSubmit={() => {
              const { state, verifier } = login.data
              complete.mutate({ params, body: { code: code.trim(), state, verifier } })
            }}
          >
            <Stack>
              <Alert title="1. Open the link as the owner">
                <Anchor href={login.data.authorize_url} target="_blank" rel="noreferrer" size="sm">
                  Open the sign-in page
                </Anchor>
                <CopyLine text={login.data.authorize_url} label="link" />
              </Alert>
              <TextInput
                label="2. Paste the whole code"
                description="also the # and what follows it; it works only with this link"
                value={code}
                onChange={(event) => setCode(event.currentTarget.value)}
                autoComplete="off"
                required
              />
              <Problem error={complete.error} title="Not signed in" />
              <Group justify="flex-end">
                <Button variant="default" onClick={() => login.reset()}>
                  Cancel
                </Button>
                <Button type="submit" loading={complete.isPending}>
                  Sign in
                </Button>
              </Group>
            </Stack>
          </Form>
        )}
        <Problem error={login.error} />
        <Command words={['accounts', 'login', name]} />
      </Stack>
    </Section>
  )
}
