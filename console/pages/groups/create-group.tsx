import { Button, Group, Modal, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { $api } from '../../api/client.ts'
import { Command } from '../../parts/command.tsx'
import type { Draft } from '../../parts/field.ts'
import { FieldInput } from '../../parts/form-field.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { Problem } from '../../parts/problem.tsx'
import { groupFields, type NewGroup } from './group-fields.ts'
import { useModels } from './use-models.ts'

const FIRST: Draft = { kind: 'balance', window_anchor: 'first-use' }

/** A button with the dialog that makes a group. */
export function CreateGroup() {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button onClick={open}>Create a group</Button>
      <Modal opened={isOpen} onClose={close} title="Create a group" size="lg" closeOnClickOutside={false}>
        <Form onClose={close} />
      </Modal>
    </>
  )
}

function Form({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const models = useModels()
  const [draft, setDraft] = useState<Draft>(FIRST)
  const fields = groupFields(draft['kind'], models)
  // What is not given keeps its default; limits typed before another kind was chosen are not sent.
  const given = Object.fromEntries(
    fields.flatMap(({ name }) => (draft[name] === undefined || draft[name] === null ? [] : [[name, draft[name]]]))
  )
  const create = $api.useMutation('post', '/admin/v1/groups', {
    async onSuccess({ id }) {
      await queries.invalidateQueries()
      onClose()
      await navigate({ to: '/groups/$id', params: { id } })
    }
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    create.mutate({ body: given as NewGroup })
  }

  const { name: typed, ...options } = given
  const name = typeof typed === 'string' ? typed.trim() : ''
  return (
    <form onSubmit={submit} aria-label="New group">
      <Stack>
        {fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            value={draft[field.name]}
            onChange={(value) => setDraft((old) => ({ ...old, [field.name]: value }))}
          />
        ))}
        {name === '' ? null : <Command words={['groups', 'add', name, ...optionWords(options, fields)]} />}
        {create.error === null ? null : <Problem error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name === ''}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
