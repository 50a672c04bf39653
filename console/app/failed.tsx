import { Button, Container, Stack, Text, Title } from '@mantine/core'
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { Problem } from '../parts/problem.tsx'

/** A page that could not be shown, and a way to try again. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  async function again() {
    reset()
    await router.invalidate()
  }
  return (
    <Container size="sm" py="xl">
      <Stack>
        <Title order={1}>This page cannot be shown</Title>
        <Problem error={error} />
        <Button onClick={() => void again()} w="fit-content">
          Try again
        </Button>
      </Stack>
    </Container>
  )
}

export function NotFound() {
  return (
    <Container size="sm" py="xl">
      <Stack>
        <Title order={1}>There is no such page</Title>
        <Text>
          <Link to="/">Go to the first page</Link>
        </Text>
      </Stack>
    </Container>
  )
}
