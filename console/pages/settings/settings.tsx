import { Code, Group, Text } from '@mantine/core'
import { $api, type ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { ChangeSetting, ResetSetting } from './setting-actions.tsx'

export type Setting = ResponseOf<'get', '/admin/v1/settings'>['data'][number]

/** What is in force, where it comes from, and a change of what may change while Sluice runs. */
export function Settings() {
  const mayChange = useMayOperate()
  const settings = $api.useQuery('get', '/admin/v1/settings')
  const columns = mayChange ? [...COLUMNS, ACTIONS] : COLUMNS
  return (
    <Page title="Settings">
      <Text size="sm">
        Most are read from the environment when Sluice starts. Those with a button can be changed while it runs, at every
        replica, and stay so after a restart.
      </Text>
      <Loaded query={settings}>
        {({ data }) => <DataTable name="Settings" columns={columns} rows={data} empty="There are no settings." />}
      </Loaded>
    </Page>
  )
}

const isDefault = ({ value, default: byDefault }: Setting) => value === byDefault

const COLUMNS: readonly TableColumn<Setting>[] = [
  {
    id: 'name',
    header: 'Setting',
    cell: ({ name, meaning }) => (
      <>
        <Code>{name}</Code>
        <Text size="xs" c="dimmed" maw={460}>
          {meaning}
        </Text>
      </>
    ),
    value: ({ name }) => name
  },
  {
    id: 'value',
    header: 'In force',
    cell: (setting) => (
      <Text size="sm" fw={isDefault(setting) ? 400 : 700} style={{ overflowWrap: 'anywhere' }}>
        {setting.value ?? 'not set'}
      </Text>
    ),
    value: ({ value }) => value
  },
  {
    id: 'default',
    header: 'Default',
    cell: ({ default: byDefault }) => (
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {byDefault ?? 'none'}
      </Text>
    ),
    value: (setting) => setting.default
  },
  {
    id: 'source',
    header: 'Set by',
    cell: (setting) => sourceOf(setting),
    value: (setting) => sourceOf(setting)
  }
]

const sourceOf = (setting: Setting) =>
  setting.source === 'runtime' ? 'an operator, while it ran' : isDefault(setting) ? 'default' : 'the environment'

const ACTIONS: TableColumn<Setting> = {
  id: 'actions',
  header: 'Do',
  cell: (setting) =>
    setting.changeable ? (
      <Group gap="xs" wrap="nowrap">
        <ChangeSetting setting={setting} />
        {setting.source === 'runtime' ? <ResetSetting setting={setting} /> : null}
      </Group>
    ) : null
}
