import { Button, Container, Divider, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { $api, API_ROOT, BASE_PATH } from '../api/client.ts'
import { forgetSession } from '../app/session.ts'
import { Problem } from '../parts/problem.tsx'

/** Why a sign-in at the OpenID provider came to nothing, by the code that it is sent back with. */
const PROVIDER_PROBLEMS: Record<string, string> = {
  unknown_user: 'There is no account for you here. Ask whoever operates this Sluice to add your address.',
  email_not_verified: 'Your provider does not say that your e-mail address is verified.',
  no_role: 'None of your groups may sign in here. Ask whoever operates this Sluice.',
  disabled: 'Your account here is disabled. Ask whoever operates this Sluice.',
  provider_away: 'The sign-in provider does not answer. Try again in a moment, or use a password.',
  refused: 'The provider refused the sign-in, or it took longer than ten minutes. Try again.'
}

/** A path of this console and of no other site: what comes from the address may be anything. */
const isOwnPath = (path: string | undefined): path is string => path !== undefined && /^\/(?![/\\])/.test(path)

export function SignIn() {
  const { next, problem } = useSearch({ from: '/sign-in' })
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const queries = useQueryClient()
  const navigate = useNavigate()
  const ways = $api.useQuery('get', '/me/v1/sign-in')
  const signIn = $api.useMutation('post', '/me/v1/sign-in', {
    async onSuccess() {
      forgetSession(queries)
      await navigate({ to: isOwnPath(next) ? next : '/', replace: true })
    }
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    signIn.mutate({ body: { email, password } })
  }

  return (
    <Container size={420} py={60} component="main">
      <Title order={1} ta="center" mb="md">
        Sign in to Sluice
      </Title>
      <Paper withBorder p="lg">
        <form onSubmit={submit}>
          <Stack>
            {problem === undefined ? null : (
              <Problem error={new Error(PROVIDER_PROBLEMS[problem] ?? PROVIDER_PROBLEMS['refused'])} title="Not signed in" />
            )}
            {next === undefined || problem !== undefined ? null : (
              <Text size="sm">Your session has ended, or there was none. You come back to where you were.</Text>
            )}
            {ways.data?.oidc === true ? (
              <>
                <Button component="a" href={providerUrl(next)} variant="filled">
                  Sign in with your organisation
                </Button>
                <Divider label="or with a password" />
              </>
            ) : null}
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              required
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {signIn.error === null ? null : <Problem error={signIn.error} title="Not signed in" />}
            <Button type="submit" loading={signIn.isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
      <Text size="sm" c="dimmed" mt="md">
        You operate this Sluice and have no password yet? Run <code>npx sluice console</code> on its machine.
      </Text>
    </Container>
  )
}

const providerUrl = (next: string | undefined) => {
  const url = new URL('me/v1/oidc/sign-in', API_ROOT)
  url.searchParams.set('return_to', `${BASE_PATH.replace(/\/$/, '')}${isOwnPath(next) ? next : '/'}`)
  return url.href
}
