import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../../api/client.ts'
import { Command } from '../../parts/command.tsx'
import { Problem } from '../../parts/problem.tsx'

interface SetPasswordProps {
  id: string
  email: string
}

/** A button with the dialog that gives somebody a password to sign in with. */
export function SetPassword({ id, email }: SetPasswordProps) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Set password
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Set the password of ${email}`} closeOnClickOutside={false}>
        <Form id={id} email={email} onClose={close} />
      </Modal>
    </>
  )
}

function Form({ id, email, onClose }: SetPasswordProps & { onClose: () => void }) {
  const queries = useQueryClient()
  const [password, setPassword] = useState('')
  const set = useMutation({
    mutationFn: () => api.POST('/admin/v1/users/{id}/password', { params: { path: { id } }, body: { password } }),
    async onSuccess() {
      await queries.invalidateQueries()
      notifications.show({ message: `${email} has a new password` })
      onClose()
    }
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    set.mutate()
  }
  return (
    <form onSubmit={submit} aria-label="Set the password">
      <Stack>
        <Text size="sm">Their sign-ins to this console end. Hand the password over privately; they can change it.</Text>
        <PasswordInput
          label="New password"
          description="12 to 256 characters"
          autoComplete="new-password"
          required
          data-autofocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Command words={['users', 'set-password', email]} />
        {set.error === null ? null : <Problem error={set.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending} disabled={password === ''}>
            Set password
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
