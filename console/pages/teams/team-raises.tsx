import { Group, Stack } from '@mantine/core'
import { $api, api, type RequestOf, type ResponseOf } from '../../api/client.ts'
import { bodyOf } from '../../parts/field.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { optionWords } from '../../parts/option-words.ts'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { raiseFields } from '../../parts/raise-fields.ts'
import { EndRaise, Raises } from '../../parts/raises.tsx'
import type { TeamRow } from './teams.tsx'

type RaiseRow = ResponseOf<'get', '/admin/v1/raises'>['data'][number]
type NewRaise = RequestOf<'post', '/admin/v1/raises'>

/** What of a team’s budget is raised for a while, by whom and why. */
export function TeamRaises({ team: { name, members }, mayChange }: { team: TeamRow; mayChange: boolean }) {
  const query = { team: name, limit: 100 }
  const raises = $api.useInfiniteQuery('get', '/admin/v1/raises', { params: { query } }, BY_CURSOR)
  const fields = raiseFields(
    members.map(({ user }) => user),
    true
  )
  return (
    <Stack gap="xs" align="stretch">
      <Raises query={raises} endOf={mayChange ? endOf : undefined} />
      {mayChange ? (
        <Group>
          <FormDialog
            label="Raise a limit"
            title={`Raise a limit of ${name} for a while`}
            verb="Raise"
            fields={fields}
            first={{ period: 'monthly' }}
            done={() => 'The limit is raised'}
            command={(given) => ['raises', 'add', '--team', name, ...optionWords(given, fields)]}
            run={async (given) => {
              await api.POST('/admin/v1/raises', { body: { team: name, ...bodyOf(given) } as unknown as NewRaise })
            }}
          />
        </Group>
      ) : null}
    </Stack>
  )
}

const endOf = (raise: RaiseRow) => (
  <EndRaise
    raise={raise}
    command={['raises', 'end', raise.id]}
    end={() => api.POST('/admin/v1/raises/{id}/end', { params: { path: { id: raise.id } }, body: {} })}
  />
)
