import { Group, NumberInput, Select } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { useGroupChoices } from './use-choices.ts'
import type { SubscriptionRow } from './person-subscriptions.tsx'

const MONTH_DAYS = 30

function Days({ days, onChange }: { days: number; onChange: (days: number) => void }) {
  return (
    <NumberInput label="Days" min={1} allowDecimal={false} value={days} onChange={(value) => onChange(Number(value))} mt="xs" />
  )
}

/** What an operator does with a subscription. */
export function SubscriptionActions({ row: { id, group, status, user_email: email } }: { row: SubscriptionRow }) {
  const [days, setDays] = useState(MONTH_DAYS)
  const params = { path: { id } }
  const words = email === null ? [group] : [email, group]
  /** What is said of an act before and after it. */
  const said = (label: string, done: string, options: readonly string[] = []) => ({
    label,
    title: `${label} the subscription to ${group}?`,
    done: `The subscription to ${group} is ${done}`,
    command: ['subscriptions', label.toLowerCase(), ...words, ...options]
  })
  const set = (to: 'suspend' | 'resume' | 'revoke') => api.POST(`/admin/v1/subscriptions/{id}/${to}`, { params })

  if (status === 'revoked') return null
  return (
    <Group gap="xs">
      <Action
        {...said('Extend', 'extended', ['--days', String(days)])}
        run={() => api.POST('/admin/v1/subscriptions/{id}/extend', { params, body: { days } })}
      >
        Counted from its end, or from now if that has passed.
        <Days days={days} onChange={setDays} />
      </Action>
      {status === 'suspended' ? (
        <Action {...said('Resume', 'resumed')} key="resume" run={() => set('resume')} />
      ) : (
        <Action {...said('Suspend', 'suspended')} key="suspend" run={() => set('suspend')}>
          It cannot be used until it is resumed. Its days keep passing.
        </Action>
      )}
      <Action {...said('Revoke', 'revoked')} color="red" typed={group} run={() => set('revoke')}>
        It ends now. A new one can be started, which keeps what its windows have counted.
      </Action>
    </Group>
  )
}

/** Subscribes somebody to a group. */
export function AddSubscription({ email }: { email: string }) {
  const { ofSubscriptions } = useGroupChoices()
  const [chosen, setChosen] = useState<string | null>(null)
  const [days, setDays] = useState(MONTH_DAYS)
  const group = chosen ?? ofSubscriptions[0] ?? null
  if (group === null) return null

  return (
    <Action
      label="Add a subscription"
      title={`Subscribe ${email} to a group?`}
      done={`${email} is subscribed to ${group}`}
      command={['subscriptions', 'add', email, group, '--days', String(days)]}
      run={() => api.POST('/admin/v1/subscriptions', { body: { user: email, group, days } })}
    >
      Its keys in the group are then limited by windows of time, and not paid from the balance.
      <Select label="Group" data={ofSubscriptions} value={group} onChange={setChosen} allowDeselect={false} mt="xs" />
      <Days days={days} onChange={setDays} />
    </Action>
  )
}
