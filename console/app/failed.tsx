import { Button, Container, Stack, Text, Title } from '@mantine/core'
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { useEffect } from 'react'
import { mayPass } from '../api/queries.ts'
import { Problem } from '../parts/problem.tsx'

const AGAIN_MS = 5000

/** A page that could not be shown, and a way to try again; by itself where the failure may pass. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  async function again() {
    await router.invalidate()
    reset()
  }
  useEffect(() => {
    if (!mayPass(error)) return undefined
    const timer = setInterval(() => void router.invalidate().then(reset), AGAIN_MS)
    return () => clearInterval(timer)
  }, [error, reset, router])
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
