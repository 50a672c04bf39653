import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { $api } from '../../api/client.ts'
import { Problem } from '../../parts/problem.tsx'
import { bodyOfLimits, LimitInputs, NO_LIMITS } from './limit-inputs.tsx'
import type { NewSecret } from './my-keys.tsx'

export interface CreateKeyProps {
  opened: boolean
  onClose: () => void
  onSecret: (made: NewSecret) => Promise<void>
}

/** A dialog that makes a key. What was typed stays until there is one. */
export function CreateKey({ opened, onClose, onSecret }: CreateKeyProps) {
  const [name, setName] = useState('')
  const [group, setGroup] = useState<string | null>(null)
  const [limits, setLimits] = useState(NO_LIMITS)
  const groups = useOwnGroups()
  const create = $api.useMutation('post', '/me/v1/keys', {
    async onSuccess({ id, name, key }) {
      setName('')
      setLimits(NO_LIMITS)
      await onSecret({ id, name, secret: key })
    }
  })
  const chosen = group ?? groups[0] ?? null

  function submit(event: FormEvent) {
    event.preventDefault()
    create.mutate({ body: { name: name.trim(), ...(chosen === null ? {} : { group: chosen }), ...bodyOfLimits(limits) } })
  }

  return (
    <Modal opened={opened} onClose={onClose} title="Create a key" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} aria-label="New key">
        <Stack>
          <TextInput
            label="Name"
            description="Such as where it is used: laptop, ci"
            required
            data-autofocus
            dir="auto"
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label="Group"
            description="Which accounts serve it, and what pays for it"
            data={groups}
            value={chosen}
            onChange={setGroup}
            allowDeselect={false}
          />
          <LimitInputs limits={limits} onChange={setLimits} />
          {create.error === null ? null : <Problem error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** Groups in which somebody may have a key: those they are subscribed to or have one in, and `default`. The API has the last word. */
function useOwnGroups(): string[] {
  const me = $api.useQuery('get', '/me/v1')
  const keys = $api.useQuery('get', '/me/v1/keys', { params: { query: { limit: 1000 } } })
  const subscribed = (me.data?.subscriptions ?? []).filter(({ status }) => status === 'active').map(({ group }) => group)
  const used = (keys.data?.data ?? []).filter(({ revoked_at: at }) => at === null).map(({ group }) => group)
  return [...new Set([...used, ...subscribed, 'default'])]
}
