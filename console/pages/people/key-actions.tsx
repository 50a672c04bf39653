import { Group, Select } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { ChangeKey } from './change-key.tsx'
import type { KeyRow, NewSecret } from './person-keys.tsx'

const HOUR_S = 3600
const OVERLAPS = [
  { value: '0', label: 'stops now' },
  { value: String(HOUR_S), label: 'works for another hour' },
  { value: String(24 * HOUR_S), label: 'works for another day' },
  { value: String(7 * 24 * HOUR_S), label: 'works for another week' }
]

/** What an operator does with somebody’s key. */
export function KeyActions({ row, onSecret }: { row: KeyRow; onSecret: (made: NewSecret) => Promise<void> }) {
  const { id, name, status, user_email: email } = row
  const queries = useQueryClient()
  const [overlap, setOverlap] = useState('0')
  const params = { path: { id } }
  const words = email === null ? [name] : [email, name]

  async function rotate() {
    const { data } = await api.POST('/admin/v1/keys/{id}/rotate', { params, body: { overlap_s: Number(overlap) } })
    if (data !== undefined) await onSecret({ id, name, secret: data.key })
  }

  async function revoke() {
    await api.POST('/admin/v1/keys/{id}/revoke', { params })
    await queries.invalidateQueries()
  }

  async function setStatus(status: 'active' | 'disabled') {
    await api.PATCH('/admin/v1/keys/{id}', { params, body: { status } })
    await queries.invalidateQueries()
  }

  return (
    <Group gap={4}>
      <ChangeKey row={row} words={words} />
      <Action
        label="Rotate"
        title={`Give ${name} a new secret?`}
        done={`${name} has a new secret`}
        command={['keys', 'rotate', ...words, ...(overlap === '0' ? [] : ['--overlap', `${Number(overlap) / HOUR_S}h`])]}
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
      {status === 'disabled' ? (
        <Action
          label="Enable"
          title={`Enable ${name}?`}
          done={`${name} is enabled`}
          command={['keys', 'enable', ...words]}
          run={() => setStatus('active')}
        />
      ) : (
        <Action
          label="Disable"
          title={`Disable ${name}?`}
          done={`${name} is disabled`}
          command={['keys', 'disable', ...words]}
          run={() => setStatus('disabled')}
        >
          Its requests are refused until it is enabled again. What is under way goes on to its end.
        </Action>
      )}
      <Action
        label="Revoke"
        title={`Revoke ${name} for good?`}
        done={`${name} is revoked`}
        color="red"
        command={['keys', 'revoke', ...words]}
        typed={name}
        run={revoke}
      >
        Whoever uses it is refused from now on. It cannot be taken back; its usage stays on record.
      </Action>
    </Group>
  )
}
