import { Anchor, Button, Group, Text, TextInput } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useState, type FormEvent } from 'react'
import { API_ROOT } from '../api/client.ts'
import { readBaseUrl } from './connect-lines.ts'

/**
 * Where clients reach Sluice: what the reader says, else the address that this page came from. The page cannot know for sure: with ADMIN_PORT or
 * an ingress of its own it is elsewhere than the clients' API.
 */
export function useBaseUrl(): [string, (text: string) => void, () => void] {
  const [said, setSaid, forget] = useLocalStorage<string | null>({
    key: 'sluice-clients-url',
    defaultValue: null,
    getInitialValueInEffect: false
  })
  return [said ?? API_ROOT.replace(/\/$/, ''), setSaid, forget]
}

/** Shows the address that clients use, and lets the reader put it right. It is kept in this browser: it is no secret. */
export function BaseUrl() {
  const [baseUrl, setBaseUrl, forget] = useBaseUrl()
  const [typed, setTyped] = useState<string | null>(null)
  const read = typed === null ? null : readBaseUrl(typed)

  function submit(event: FormEvent) {
    event.preventDefault()
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
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Where clients reach Sluice"
          description="Kept in this browser."
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
          As this page
        </Button>
      </Group>
    </form>
  )
}
