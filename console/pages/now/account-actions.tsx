import { Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'

/** What an operator does about an account. Each change is seen at once. */
export function AccountActions({ id, name, state }: { id: string; name: string; state: string }) {
  const queries = useQueryClient()
  const params = { path: { id } }

  async function change(path: 'clear-error' | 'disable' | 'enable') {
    await api.POST(`/admin/v1/accounts/{id}/${path}`, { params })
    await queries.invalidateQueries()
  }

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
    await queries.invalidateQueries()
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
          run={() => change('clear-error')}
        >
          Its error, its cooldowns and its breaker are cleared, all at once. What made it cool down may do so again.
        </Action>
      )}
      {state === 'disabled' ? (
        <Action
          // Each its own: what one says when it is done is not to become what the other says.
          key="enable"
          label="Enable"
          title={`Enable ${name}?`}
          done={`${name} is enabled`}
          command={['accounts', 'enable', name]}
          run={() => change('enable')}
        />
      ) : (
        <Action
          key="disable"
          label="Disable"
          title={`Disable ${name}?`}
          done={`${name} is disabled`}
          command={['accounts', 'disable', name]}
          run={() => change('disable')}
        >
          It gets no further requests. Those that are under way go on to their end.
        </Action>
      )}
    </Group>
  )
}
