import { Group, Select } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { api } from '../api/client.ts'
import { Action } from './confirm.tsx'
import type { NewSecret } from './new-secret.tsx'

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
  /** By which the command line knows the key; null where there is none. */
  words?: readonly string[] | null
  onSecret: (made: NewSecret) => Promise<void>
  /** The button that changes it. */
  children: ReactNode
}

/** What is done with a key. */
export function KeyActions({ of: { id, name, status }, side = 'me', words = null, onSecret, children }: KeyActionsProps) {
  const queries = useQueryClient()
  const [overlap, setOverlap] = useState('0')
  const params = { path: { id } }
  const overlapWords = overlap === '0' ? [] : ['--overlap', `${Number(overlap) / HOUR_S}h`]
  const command = (verb: string, more: readonly string[] = []) =>
    words === null ? {} : { command: ['keys', verb, ...words, ...more] }

  async function rotate() {
    const { data } = await api.POST(`/${side}/v1/keys/{id}/rotate`, { params, body: { overlap_s: Number(overlap) } })
    if (data !== undefined) await onSecret({ id, name, secret: data.key })
  }

  async function revoke() {
    await api.POST(`/${side}/v1/keys/{id}/revoke`, { params })
    await queries.invalidateQueries()
  }

  async function setStatus(status: 'active' | 'disabled') {
    await api.PATCH(`/${side}/v1/keys/{id}`, { params, body: { status } })
    await queries.invalidateQueries()
  }

  return (
    <Group gap="xs">
      {children}
      <Action
        label="Rotate"
        title={`Give ${name} a new secret?`}
        done={`${name} has a new secret`}
        {...command('rotate', overlapWords)}
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
          key="enable"
          label="Enable"
          title={`Enable ${name}?`}
          done={`${name} is enabled`}
          {...command('enable')}
          run={() => setStatus('active')}
        />
      ) : (
        <Action
          key="disable"
          label="Disable"
          title={`Disable ${name}?`}
          done={`${name} is disabled`}
          {...command('disable')}
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
        {...command('revoke')}
        typed={name}
        run={revoke}
      >
        Whoever uses it is refused from now on. It cannot be taken back; its usage stays on record.
      </Action>
    </Group>
  )
}
