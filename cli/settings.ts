import type { Command } from 'commander'
import { command, commandGroup, listRows, onAdmin, printRow, printRows } from './operated-rows.ts'
import type { AdminRow, Common, FieldColumn } from './operated-rows.ts'

const COLUMNS: FieldColumn[] = [
  { field: 'name', rank: 'known', is: 'name' },
  { field: 'value', is: 'prose' },
  { field: 'default', is: 'prose', rank: 'lesser' },
  { field: 'source', rank: 'lesser' },
  { field: 'changeable', rank: 'lesser' }
]

export function settingsCommand(): Command {
  const settings = commandGroup(
    'settings',
    'Shows the settings in force, and changes those that can be changed while Sluice runs'
  )
  settings.addCommand(
    command('list', 'Lists the settings; of secrets only whether they are set').action(({ json }: Common) =>
      onAdmin(async (ask) => printRows(await listRows(ask, '/settings'), COLUMNS, json))
    )
  )
  settings.addCommand(
    command('set', 'Changes a setting at every replica, until it is unset')
      .argument('<name>')
      .argument('<value>')
      .action((name: string, value: string, { json }: Common) =>
        onAdmin(async (ask) =>
          printRow((await ask('PUT', `/settings/${encodeURIComponent(name)}`, { value })) as AdminRow, json)
        )
      )
  )
  settings.addCommand(
    command('unset', "Goes back to the environment's value, or the default")
      .argument('<name>')
      .action((name: string, { json }: Common) =>
        onAdmin(async (ask) => printRow((await ask('DELETE', `/settings/${encodeURIComponent(name)}`)) as AdminRow, json))
      )
  )
  return settings
}
