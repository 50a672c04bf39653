import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { $api } from '../../api/client.ts'
import { Problem } from '../../parts/problem.tsx'
import { When } from '../../parts/when.tsx'
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
  const groups = $api.useQuery('get', '/me/v1/groups', {}, { enabled: opened })
  const create = $api.useMutation('post', '/me/v1/keys', {
    async onSuccess({ id, name, key }) {
      setName('')
      setLimits(NO_LIMITS)
      await onSecret({ id, name, secret: key })
    }
  })
  const open = groups.data?.data ?? []
  const chosen = open.find(({ name }) => name === group) ?? open.find(({ name }) => name === 'default') ?? open[0]

  function submit(event: FormEvent) {
    event.preventDefault()
    if (chosen === undefined) return
    // A key in a group that is theirs by another key's lasts no longer than that.
    const end = chosen.keys_until === null ? {} : { expires_at: chosen.keys_until }
    create.mutate({ body: { name: name.trim(), group: chosen.name, ...end, ...bodyOfLimits(limits) } })
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
            data={open.map(({ name, kind }) => ({ value: name, label: `${name} (your ${kind} pays)` }))}
            value={chosen?.name ?? null}
            onChange={setGroup}
            allowDeselect={false}
          />
          {chosen === undefined || chosen.keys_until === null ? null : (
            <Text size="sm">
              It ends <When at={chosen.keys_until} />, as your other keys in this group do.
            </Text>
          )}
          {groups.error === null ? null : <Problem error={groups.error} />}
          {groups.data?.data.length === 0 ? (
            <Text size="sm">No group is open to you: an operator has limited or ended your keys. Ask them for another.</Text>
          ) : null}
          <LimitInputs limits={limits} onChange={setLimits} />
          {create.error === null ? null : <Problem error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={name.trim() === '' || chosen === undefined}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
