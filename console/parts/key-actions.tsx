import { Group, Select } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { api } from '../api/client.ts'
import { Action } from './confirm.tsx'
import { commandOf, editedRow, type RowWords } from './edited-row.ts'
import type { NewSecret } from './new-secret.tsx'
import { StatusAction } from './row-actions.tsx'

const HOUR_S = 3600
const OVERLAPS = [
  { value: '0', label: 'stops now' },
  { value: String(HOUR_S), label: 'works for another hour' },
  { value: String(24 * HOUR_S), label: 'works for another day' },
  { value: String(7 * 24 * HOUR_S), label: 'works for another week' }
]

interface KeyActionsProps {
  of: { id: string; name: string; status: string }
  /** Whose API: that of people for a key of one’s own, that of operators for anybody’s. */
  side?: 'me' | 'admin'
  words?: RowWords | undefined
  onSecret: (made: NewSecret) => Promise<void>
  /** The button that changes it. */
  children: ReactNode
}

/** What is done with a key. */
export function KeyActions({ of, side = 'me', words, onSecret, children }: KeyActionsProps) {
  const { id, name } = of
  const [overlap, setOverlap] = useState('0')
  const params = { path: { id } }
  const overlapWords = overlap === '0' ? [] : ['--overlap', `${Number(overlap) / HOUR_S}h`]

  async function rotate() {
    const { data } = await api.POST(`/${side}/v1/keys/{id}/rotate`, { params, body: { overlap_s: Number(overlap) } })
    if (data !== undefined) await onSecret({ id, name, secret: data.key })
  }

  return (
    <Group gap="xs">
      {children}
      <Action
        label="Rotate"
        title={`Give ${name} a new secret?`}
        done={`${name} has a new secret`}
        command={commandOf(words, 'rotate', overlapWords)}
        run={rotate}
      >
        It is shown once, and the key keeps its name, limits and usage. The present secret
        <Select
          aria-label="The present secret"
          data={OVERLAPS}
          value={overlap}
          onChange={(value) => setOverlap(value ?? '0')}
          allowDeselect={false}
          mt={4}
        />
      </Action>
      <StatusAction
        {...editedRow(`/${side}/v1/keys/{id}`, of, name, words)}
        disabled="Its requests are refused until it is enabled again. What is under way goes on to its end."
      />
      <Action
        label="Revoke"
        title={`Revoke ${name} for good?`}
        done={`${name} is revoked`}
        color="red"
        command={commandOf(words, 'revoke')}
        typed={name}
        run={() => api.POST(`/${side}/v1/keys/{id}/revoke`, { params })}
      >
        Whoever uses it is refused from now on. It cannot be taken back; its usage stays on record.
      </Action>
    </Group>
  )
}
