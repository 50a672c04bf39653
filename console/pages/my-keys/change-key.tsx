import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, ApiError } from '../../api/client.ts'
import { formatUsd } from '../../parts/amounts.ts'
import { Problem } from '../../parts/problem.tsx'
import { changeOfLimits, LimitInputs, limitsOf } from './limit-inputs.tsx'
import type { OwnKey } from './my-keys.tsx'

/** A button with the dialog in which a key gets another name, and limits of one’s own. */
export function ChangeKey({ ownKey }: { ownKey: OwnKey }) {
  const [begun, setBegun] = useState<OwnKey | null>(null)
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setBegun(ownKey)}>
        Change
      </Button>
      <Modal
        opened={begun !== null}
        onClose={() => setBegun(null)}
        title={`Change ${ownKey.name}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {begun === null ? null : <Form begun={begun} now={ownKey} onClose={() => setBegun(null)} />}
      </Modal>
    </>
  )
}

/** @param begun the key as it was when the dialog was opened; @param now as it is */
function Form({ begun, now, onClose }: { begun: OwnKey; now: OwnKey; onClose: () => void }) {
  const queries = useQueryClient()
  const [name, setName] = useState(begun.name)
  const [limits, setLimits] = useState(() => limitsOf(begun))
  const [version, setVersion] = useState(begun.version)
  const save = useMutation({
    mutationFn: (version: number) =>
      api.PATCH('/me/v1/keys/{id}', {
        params: { path: { id: begun.id }, header: { 'if-match': `"${version}"` } },
        body: { ...(name.trim() === begun.name ? {} : { name: name.trim() }), ...changeOfLimits(limits) }
      }),
    async onSuccess() {
      await queries.invalidateQueries()
      notifications.show({ message: `${name.trim()} is changed` })
      onClose()
    },
    async onError(error) {
      if (isStale(error)) await queries.invalidateQueries()
    }
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    save.mutate(version)
  }

  function saveOver() {
    setVersion(now.version)
    save.mutate(now.version)
  }

  const isConflict = isStale(save.error)
  return (
    <form onSubmit={submit} aria-label={`Change ${begun.name}`}>
      <Stack>
        <TextInput
          label="Name"
          required
          dir="auto"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <LimitInputs limits={limits} onChange={setLimits} />
        {isConflict ? <Conflict now={now} onSaveOver={saveOver} isSaving={save.isPending} /> : null}
        {save.error === null || isConflict ? null : <Problem error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={isConflict || name.trim() === ''}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const isStale = (error: unknown) => error instanceof ApiError && error.status === 412

interface ConflictProps {
  now: OwnKey
  onSaveOver: () => void
  isSaving: boolean
}

/** What somebody else, or another tab, made of the key meanwhile; above is what was typed here. */
function Conflict({ now, onSaveOver, isSaving }: ConflictProps) {
  const { ends, usd, models, addresses } = limitsOf(now)
  const amounts = Object.entries(usd).filter(([, amount]) => amount !== '')
  const words = [
    `name ${now.name}`,
    now.status,
    ...amounts.map(([period, amount]) => `${period} ${formatUsd(amount)}`),
    ...(ends === '' ? [] : [`ends ${ends}`]),
    ...(models.length === 0 ? [] : [`only ${models.join(', ')}`]),
    ...(addresses.length === 0 ? [] : [`only from ${addresses.join(', ')}`])
  ]
  return (
    <Alert color="orange" title="The key was changed meanwhile" role="alert">
      <Text size="sm">Above is yours, which is not saved. Now it is: {words.join('; ')}.</Text>
      <Group justify="flex-end" mt="xs">
        <Button size="compact-sm" color="orange" onClick={onSaveOver} loading={isSaving}>
          Save mine on top
        </Button>
      </Group>
    </Alert>
  )
}
