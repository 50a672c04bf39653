import { Button, Group, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState, type FormEvent } from 'react'
import { $api } from '../../api/client.ts'
import { Command } from '../../parts/command.tsx'
import { Problem } from '../../parts/problem.tsx'
import type { NewSecret } from './person-keys.tsx'
import { useGroupChoices } from './use-choices.ts'

interface CreateKeyProps {
  email: string
  onSecret: (made: NewSecret) => Promise<void>
}

/** A button with the dialog that makes a key for somebody. */
export function CreateKey({ email, onSecret }: CreateKeyProps) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Create a key
      </Button>
      <Modal opened={isOpen} onClose={close} title={`A key for ${email}`} closeOnClickOutside={false}>
        <Form
          email={email}
          onClose={close}
          onSecret={async (made) => {
            close()
            await onSecret(made)
          }}
        />
      </Modal>
    </>
  )
}

const PERIODS = [
  ['daily', 'A day'],
  ['weekly', 'A week'],
  ['monthly', 'A month'],
  ['total', 'In all']
] as const

function Form({ email, onClose, onSecret }: CreateKeyProps & { onClose: () => void }) {
  const groups = useGroupChoices()
  const [name, setName] = useState('')
  const [group, setGroup] = useState<string | null>(null)
  const [ends, setEnds] = useState('')
  const [limits, setLimits] = useState<Partial<Record<string, string>>>({})
  const given = PERIODS.map(([period]) => [period, limits[period]?.trim() ?? ''] as const).filter(([, usd]) => usd !== '')
  const create = $api.useMutation('post', '/admin/v1/keys', {
    onSuccess: async ({ id, name, key }) => await onSecret({ id, name, secret: key })
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    create.mutate({
      body: {
        user: email,
        name: name.trim(),
        ...(group === null ? {} : { group }),
        ...(ends.trim() === '' ? {} : { expires_at: ends.trim() }),
        ...(given.length === 0 ? {} : { spend_limits: Object.fromEntries(given) })
      }
    })
  }

  const command = [
    'keys',
    'add',
    email,
    name.trim(),
    ...(group === null ? [] : ['--group', group]),
    ...(ends.trim() === '' ? [] : ['--expires', ends.trim()]),
    ...given.flatMap(([period, usd]) => ['--spend-limit', `${period}=${usd}`])
  ]
  return (
    <form onSubmit={submit} aria-label="New key">
      <Stack>
        <TextInput
          label="Name"
          description="such as where it is used: laptop, ci"
          required
          data-autofocus
          dir="auto"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="Group"
          description="which accounts serve it, and what pays for it"
          data={groups.all}
          placeholder="default"
          clearable
          value={group}
          onChange={setGroup}
        />
        <TextInput
          label="Ends"
          description="a day such as 2030-12-31, or a span such as 90d"
          placeholder="never"
          value={ends}
          onChange={(event) => setEnds(event.currentTarget.value)}
        />
        <SimpleGrid cols={2} spacing="xs" verticalSpacing={4}>
          {PERIODS.map(([period, label]) => (
            <TextInput
              key={period}
              label={`${label}, USD at most`}
              inputMode="decimal"
              placeholder="no limit"
              value={limits[period] ?? ''}
              onChange={(event) => setLimits({ ...limits, [period]: event.currentTarget.value })}
            />
          ))}
        </SimpleGrid>
        {name.trim() === '' ? null : <Command words={command} />}
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
  )
}
