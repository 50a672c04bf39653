import { Button, Group, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Side } from '../usage/side.ts'
import { Form } from '../../parts/form.tsx'

const EXCHANGE_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i

/** Where somebody who has an exchange's id, as from a header or a message, finds why. */
export function FindExchange({ side }: { side: Side }) {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  async function find() {
    // Also in the midst of a line that was copied.
    const id = EXCHANGE_ID.exec(text)?.[0]
    if (id === undefined) setProblem('This is no exchange id: it is the x-sluice-exchange-id of a response, a UUID.')
    else await navigate({ to: side === 'all' ? '/requests/$id' : '/my/requests/$id', params: { id: id.toLowerCase() } })
  }
  return (
    <Form onSubmit={() => void find()}>
      <Group gap="xs" align="flex-start">
        <TextInput
          aria-label="Exchange id"
          placeholder="x-sluice-exchange-id"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setProblem(null)
          }}
          error={problem}
          w={330}
        />
        <Button type="submit" variant="default">
          Why?
        </Button>
      </Group>
    </Form>
  )
}
