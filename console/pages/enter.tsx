import { Container, Loader, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { api } from '../api/client.ts'
import { forgetSession } from '../app/session.ts'
import { Problem } from '../parts/problem.tsx'

/** The code is behind the #, which browsers keep to themselves. It is taken out of the address, and so out of the history, at once. */
function takeCode(): string {
  const code = window.location.hash.slice(1)
  window.history.replaceState(window.history.state, '', window.location.pathname)
  return code
}

/** Codes that were sent, for effects run twice while one develops. */
const sent = new Set<string>()

/** Where a link of `sluice console` leads. */
export function Enter() {
  const [code] = useState(takeCode)
  const queries = useQueryClient()
  const navigate = useNavigate()
  const enter = useMutation({
    mutationFn: (code: string) => api.POST('/me/v1/console-link', { body: { code } }),
    async onSuccess() {
      forgetSession(queries)
      await navigate({ to: '/', replace: true })
    }
  })
  const { mutate } = enter
  useEffect(() => {
    if (sent.has(code)) return
    sent.add(code)
    mutate(code)
  }, [code, mutate])
  return (
    <Container size={420} py={60} component="main">
      <Stack>
        <Title order={1}>Sign in to Sluice</Title>
        {enter.error === null ? (
          <Loader role="status" aria-label="Signing in" />
        ) : (
          <Problem error={enter.error} title="Not signed in" />
        )}
        <Text size="sm">
          <Link to="/sign-in">Sign in with a password instead</Link>
        </Text>
      </Stack>
    </Container>
  )
}
