import { Group, Stack } from '@mantine/core'
import { $api, api, type RequestOf, type ResponseOf } from '../../api/client.ts'
import { bodyOf } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { raiseFields } from '../../parts/raise-fields.ts'
import { EndRaise, Raises } from '../../parts/raises.tsx'

type LedRaise = ResponseOf<'get', '/me/v1/teams/{id}/raises'>['data'][number]
type NewRaise = RequestOf<'post', '/me/v1/teams/{id}/raises'>

/** What is raised of a team that the reader leads. They raise limits of members; only operators raise the pool. */
export function LedRaises({ id, members }: { id: string; members: readonly string[] }) {
  const params = { path: { id } }
  const raises = $api.useInfiniteQuery(
    'get',
    '/me/v1/teams/{id}/raises',
    { params: { ...params, query: { limit: 100 } } },
    BY_CURSOR
  )
  const endOf = (raise: LedRaise) =>
    raise.user === null ? null : (
      <EndRaise
        raise={raise}
        end={() => api.POST('/me/v1/teams/{id}/raises/{raise}/end', { params: { path: { id, raise: raise.id } }, body: {} })}
      />
    )
  return (
    <Stack gap="xs" align="stretch">
      <Raises query={raises} endOf={endOf} />
      <Group>
        <FormDialog
          label="Raise a limit"
          title="Raise a member’s limit for a while"
          verb="Raise"
          about="The pool stays as it is: only an operator raises that."
          fields={raiseFields(members, false)}
          first={{ period: 'monthly' }}
          done={() => 'The limit is raised'}
          run={async (given) => {
            await api.POST('/me/v1/teams/{id}/raises', { params, body: bodyOf(given) as unknown as NewRaise })
          }}
        />
      </Group>
    </Stack>
  )
}
