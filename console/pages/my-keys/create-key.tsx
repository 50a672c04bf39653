import { Modal, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { $api } from '../../api/client.ts'
import { bodyOf, givenOf, textOf, type Draft, type FieldValue } from '../../parts/field.ts'
import { FieldInputs } from '../../parts/form-field.tsx'
import { Form, FormButtons } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'
import { When } from '../../parts/when.tsx'
import { useOwnTeams } from '../../parts/use-own-teams.ts'
import { NAME, OWN_LIMITS, teamField } from './key-fields.ts'
import type { NewSecret } from '../../parts/new-secret.tsx'

export interface CreateKeyProps {
  opened: boolean
  onClose: () => void
  onSecret: (made: NewSecret) => Promise<void>
}

/** A dialog that makes a key. What was typed stays until there is one. */
export function CreateKey({ opened, onClose, onSecret }: CreateKeyProps) {
  const [draft, setDraft] = useState<Draft>({})
  const [group, setGroup] = useState<string | null>(null)
  const groups = $api.useQuery('get', '/me/v1/groups', {}, { enabled: opened })
  const create = $api.useMutation('post', '/me/v1/keys', {
    async onSuccess({ id, name, key }) {
      setDraft({})
      await onSecret({ id, name, secret: key })
    }
  })
  const open = groups.data?.data ?? []
  const teams = useOwnTeams(opened).data?.data.map(({ name }) => name) ?? []
  const chosen = open.find(({ name }) => name === group) ?? open.find(({ name }) => name === 'default') ?? open[0]

  function submit() {
    if (chosen === undefined) return
    // A key in a group that is theirs by another key's lasts no longer than that.
    const end = chosen.keys_until === null ? {} : { expires_at: chosen.keys_until }
    create.mutate({ body: { name: textOf(draft['name']), group: chosen.name, ...end, ...bodyOf(givenOf(draft)) } })
  }

  const inputs = {
    valueOf: (field: string) => draft[field],
    onChange: (field: string, value: FieldValue) => setDraft((old) => ({ ...old, [field]: value }))
  }

  return (
    <Modal opened={opened} onClose={onClose} title="Create a key">
      <Form name="New key" onSubmit={submit}>
        <Stack>
          <FieldInputs fields={[NAME]} {...inputs} />
          <Select
            label="Group"
            description="which accounts serve it, and what pays for it"
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
          {teams.length === 0 ? null : <FieldInputs fields={[teamField(teams)]} {...inputs} />}
          <Problem error={groups.error} />
          {groups.data?.data.length === 0 ? (
            <Text size="sm">No group is open to you: an operator has limited or ended your keys. Ask them for another.</Text>
          ) : null}
          <FieldInputs fields={OWN_LIMITS} {...inputs} />
          <Problem error={create.error} />
          <FormButtons
            verb="Create"
            isPending={create.isPending}
            disabled={textOf(draft['name']).trim() === '' || chosen === undefined}
            onCancel={onClose}
          />
        </Stack>
      </Form>
    </Modal>
  )
}
