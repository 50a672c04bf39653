import { Button, Container, Divider, Paper, Stack, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { $api } from '../api/client.ts'
import { PasswordForm } from '../app/password-form.tsx'
import { isOwnPath, providerUrl } from '../app/providers.ts'
import { forgetSession } from '../app/session.ts'
import { Problem } from '../parts/problem.tsx'
import type { SignInProblem } from '../../services/resources/sign-in/sign-in-refused.ts'

/** Why a sign-in at the OpenID provider came to nothing, by the code that it is sent back with. */
const PROVIDER_PROBLEMS: Record<SignInProblem, string> = {
  unknown_user: 'There is no account for you here. Ask whoever operates this Sluice to add your address.',
  email_missing: 'Your provider does not tell Sluice your e-mail address. Ask whoever operates this Sluice.',
  email_not_verified: 'Your provider does not say that your e-mail address is verified.',
  no_role: 'None of your groups may sign in here. Ask whoever operates this Sluice.',
  disabled: 'Your account here is disabled. Ask whoever operates this Sluice.',
  another_person:
    'The account with your address belongs to somebody else at your provider, or to you as it knew you before. Ask whoever operates this Sluice to unlink it.',
  service_user: 'Your address here is that of a service user, as which nobody signs in. Ask whoever operates this Sluice.',
  cancelled: 'The sign-in was cancelled at your provider.',
  refused: 'The sign-in could not be completed. Try again.',
  expired: 'The sign-in took longer than ten minutes, or was begun in another browser or tab. Try again.',
  too_many_tries: 'Too many sign-ins from your address have failed. Try again in a few minutes.',
  provider_away: 'The sign-in provider does not answer. Try again in a moment, or use a password.',
  unavailable: 'Sluice cannot sign you in at the moment. Try again.'
}

/** The code is from the address, where anything may be. */
function wordsOf(problem: string): string {
  return new Map<string, string>(Object.entries(PROVIDER_PROBLEMS)).get(problem) ?? PROVIDER_PROBLEMS.refused
}

export function SignIn() {
  const { next, problem } = useSearch({ from: '/sign-in' })
  const queries = useQueryClient()
  const navigate = useNavigate()
  const ways = $api.useQuery('get', '/me/v1/sign-in')

  async function onSignedIn() {
    forgetSession(queries)
    await navigate({ to: isOwnPath(next) ? next : '/', replace: true })
  }

  return (
    <Container size={420} py={60} component="main">
      <Title order={1} ta="center" mb="md">
        Sign in to Sluice
      </Title>
      <Paper withBorder p="lg">
        <Stack>
          {problem === undefined ? null : <Problem error={new Error(wordsOf(problem))} title="Not signed in" />}
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
          <PasswordForm email={null} onSignedIn={onSignedIn} />
        </Stack>
      </Paper>
      <Text size="sm" c="dimmed" mt="md">
        You operate this Sluice and have no password yet? Run <code>npx sluice console</code> on its machine.
      </Text>
    </Container>
  )
}
