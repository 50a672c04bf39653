import { Anchor, Button, Group, Text, TextInput } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { API_ROOT } from '../api/client.ts'
import { Form } from './form.tsx'
import { guessBaseUrl, readBaseUrl } from './connect-lines.ts'

/** Where clients reach Sluice: what the reader says, else what the server says, else a guess. */
export function useBaseUrl(): [string, (text: string) => void, () => void] {
  const { session } = useRouteContext({ from: '/signed-in' })
  const [said, setSaid, forget] = useLocalStorage<string | null>({
    key: 'sluice-clients-url',
    defaultValue: null,
    getInitialValueInEffect: false
  })
  return [said ?? session.clients_url ?? guessBaseUrl(API_ROOT, session.clients_port), setSaid, forget]
}

/** Shows the address that clients use, and lets the reader put it right. It is kept in this browser: it is no secret. */
export function BaseUrl() {
  const [baseUrl, setBaseUrl, forget] = useBaseUrl()
  const [typed, setTyped] = useState<string | null>(null)
  const read = typed === null ? null : readBaseUrl(typed)

  function submit() {
    if (read === null) return
    setBaseUrl(read)
    setTyped(null)
  }

  if (typed === null) {
    return (
      <Text size="sm">
        Clients reach Sluice at <b>{baseUrl}</b>.{' '}
        <Anchor component="button" type="button" size="sm" onClick={() => setTyped(baseUrl)}>
          That is not right
        </Anchor>
      </Text>
    )
  }
  return (
    <Form onSubmit={submit}>
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Where clients reach Sluice"
          description="Kept in this browser; CLIENTS_URL says it to everybody."
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={read === null ? 'An http:// or https:// address, such as https://sluice.example.com' : null}
          style={{ flex: '1 1 240px' }}
        />
        <Button type="submit" disabled={read === null}>
          Use it
        </Button>
        <Button
          variant="default"
          onClick={() => {
            forget()
            setTyped(null)
          }}
        >
          As before
        </Button>
      </Group>
    </Form>
  )
}
