import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ApiError } from '../../api/client.ts'
import { isSignedOut } from '../../api/queries.ts'
import { Form } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'
import { LONGEST_CODE } from './code.ts'
import type { WaitingDevice } from './decision.tsx'

interface EnterCodeProps {
  first: string
  onFound: (waiting: WaitingDevice) => void
}

/** Asks for the code and for what waits under it, once somebody says so: tries are counted, and a link must not use them up. */
export function EnterCode({ first, onFound }: EnterCodeProps) {
  const [code, setCode] = useState(first)
  const look = useMutation({
    mutationFn: async () =>
      (await api.GET('/me/v1/device-codes/{user_code}', { params: { path: { user_code: code.trim() } } })).data!,
    onSuccess: onFound
  })

  return (
    <Form name="Code of the tool" onSubmit={() => look.mutate()}>
      <Stack>
        <Text size="sm">
          A tool such as Claude Code shows a code while it waits to be signed in. Type it here, or check that it is this one.
        </Text>
        <TextInput
          label="Code"
          description="Such as BCDF-GHJK"
          required
          autoFocus
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          ff="monospace"
          maxLength={LONGEST_CODE}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        {isSignedOut(look.error) ? null : <NotFound error={look.error} />}
        <Button type="submit" loading={look.isPending} disabled={code.trim() === ''} style={{ alignSelf: 'flex-start' }}>
          Show what asks
        </Button>
      </Stack>
    </Form>
  )
}

function NotFound({ error }: { error: unknown }) {
  const status = error instanceof ApiError ? error.status : null
  if (status === 404) {
    return (
      <>
        <Problem error={error} title="Nothing waits" />
        <Text size="sm">
          Compare each letter with the terminal. A code is good for ten minutes and once: if it is right, start anew there, with{' '}
          <code>/login</code> in Claude Code.
        </Text>
      </>
    )
  }
  if (status === 429) {
    return (
      <>
        <Problem error={error} title="Too many tries" />
        <Text size="sm">Wait ten minutes, start anew in the terminal, and come back with its new code.</Text>
      </>
    )
  }
  return <Problem error={error} />
}
