import { Container, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { tellSignedIn } from '../app/other-tabs.ts'

/** What a tab says that was opened only to sign in; the page that it was opened from goes on by itself. */
export function SignedInAgain() {
  useEffect(tellSignedIn, [])
  return (
    <Container size={420} py={60} component="main">
      <Stack>
        <Title order={1}>You are signed in</Title>
        <Text>Close this tab: the page that you came from is as you left it.</Text>
        <Text size="sm">
          <Link to="/">Or begin at the first page</Link>
        </Text>
      </Stack>
    </Container>
  )
}
