import { Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { StatusAction } from '../../parts/row-actions.tsx'

/** What an operator does about an account. Each change is seen at once. */
export function AccountActions({ id, name, state }: { id: string; name: string; state: string }) {
  const params = { path: { id } }

  async function test() {
    const { data } = await api.POST('/admin/v1/accounts/{id}/test', { params, body: {} })
    if (data === undefined) return
    notifications.show({
      color: data.ok ? 'green' : 'red',
      title: data.ok ? `${name} answers` : `${name} does not serve`,
      message: data.ok
        ? `Status ${data.status}, ${data.duration_ms} ms, ${data.model}`
        : (data.problem ?? `Status ${data.status}`),
      autoClose: data.ok ? 5000 : false
    })
  }

  return (
    <Group gap="xs">
      <Action label="Test" title={`Test ${name}?`} done={`${name} was tested`} command={['accounts', 'test', name]} run={test}>
        The upstream counts the tokens of one word. It costs nothing.
      </Action>
      {state === 'available' || state === 'disabled' ? null : (
        <Action
          label="Clear"
          title={`Put ${name} back to work?`}
          done={`${name} is back at work`}
          command={['accounts', 'clear-error', name]}
          run={() => api.POST('/admin/v1/accounts/{id}/clear-error', { params })}
        >
          Its error, its cooldowns and its breaker are cleared, all at once. What made it cool down may do so again.
        </Action>
      )}
      <StatusAction
        name={name}
        status={state}
        setStatus={(to) => api.POST(`/admin/v1/accounts/{id}/${to === 'active' ? 'enable' : 'disable'}`, { params })}
        words={['accounts', name]}
        disabled="It gets no further requests. Those that are under way go on to their end."
      />
    </Group>
  )
}
