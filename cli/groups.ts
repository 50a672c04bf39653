import { Option, type Command } from 'commander'
import type { AskAdmin } from './admin-client.ts'
import { UsageError } from './failures.ts'
import { anotherOf } from './option-values.ts'
import { confirm } from './confirm.ts'
import {
  command,
  commandGroup,
  findRow,
  listRows,
  onAdmin,
  printRow,
  printRows,
  remove,
  YES,
  type Common,
  type Row
} from './operated-rows.ts'

interface Fields {
  name?: string
  kind?: string
  rateMultiplier?: string
  dailyLimit?: string
  weeklyLimit?: string
  monthlyLimit?: string
  windowAnchor?: string
  timeZone?: string
  models?: string
  map?: string[]
}

const COLUMNS = ['name', 'kind', 'status', 'rate_multiplier', 'daily_limit_usd', 'weekly_limit_usd', 'monthly_limit_usd']

const findGroup = (ask: AskAdmin, name: string) => findRow(ask, { kind: 'group', path: '/groups', named: { name } })

export function groupsCommand(): Command {
  const groups = commandGroup('groups', 'Shows and changes groups: what their keys may use, and at what price')
  groups.addCommand(
    command('list', 'Lists the groups').action(({ json }: Common) =>
      onAdmin(async (ask) => printRows(await listRows(ask, '/groups'), COLUMNS, json))
    )
  )
  groups.addCommand(
    command('show', 'Shows a group')
      .argument('<name>')
      .action((name: string, { json }: Common) => onAdmin(async (ask) => printRow(await findGroup(ask, name), json)))
  )
  groups.addCommand(
    withFields(command('add', 'Creates a group').alias('create').argument('<name>'))
      .addOption(kindOption().default('balance'))
      .action((name: string, { json, ...fields }: Common & Fields) =>
        onAdmin(async (ask) => {
          const given = Object.entries(bodyOf({ ...fields, name })).filter(([, value]) => value !== null)
          printRow((await ask('POST', '/groups', Object.fromEntries(given))) as Row, json)
        })
      )
  )
  groups.addCommand(
    withFields(command('change', 'Changes a group; what is not named stays').argument('<name>'))
      .addOption(kindOption())
      .option('--name <name>', 'its new name')
      .action((name: string, { json, ...fields }: Common & Fields) => change(name, bodyOf(fields), json))
  )
  groups.addCommand(
    command('disable', 'Refuses the keys of a group from now on')
      .argument('<name>')
      .option(...YES)
      .action(async (name: string, { json, yes = false }: Common) => {
        await confirm(`The keys of group ${name} will be refused.`, yes)
        await change(name, { status: 'disabled' }, json)
      })
  )
  groups.addCommand(
    command('enable', 'Lets the keys of a group back in')
      .argument('<name>')
      .action((name: string, { json }: Common) => change(name, { status: 'active' }, json))
  )
  groups.addCommand(
    command('remove', 'Removes a group that has no keys, subscriptions or codes')
      .argument('<name>')
      .option(...YES)
      .action(async (name: string, { json, yes = false }: Common) => {
        await confirm(`Group ${name} will be removed.`, yes)
        await onAdmin(async (ask) => remove(ask, `/groups/${(await findGroup(ask, name)).id}`, `group ${name}`, json))
      })
  )
  return groups
}

async function change(name: string, changes: object, json: boolean): Promise<void> {
  if (Object.keys(changes).length === 0) throw new UsageError('nothing to change was named: see sluice groups change --help')
  await onAdmin(async (ask) => {
    printRow((await ask('PATCH', `/groups/${(await findGroup(ask, name)).id}`, changes)) as Row, json)
  })
}

const kindOption = () => new Option('--kind <kind>', 'what its keys pay with').choices(['balance', 'subscription'])

const withFields = (target: Command) =>
  target
    .option('--rate-multiplier <factor>', 'what list costs are multiplied with (default: 1)')
    .option('--daily-limit <usd>', 'list cost a subscription may use a day, or none')
    .option('--weekly-limit <usd>', 'a week, or none')
    .option('--monthly-limit <usd>', 'a month, or none')
    .addOption(new Option('--window-anchor <anchor>', 'when windows begin').choices(['first-use', 'calendar']))
    .option('--time-zone <zone>', 'of calendar windows, such as Europe/Berlin')
    .option('--models <models>', 'the models that may be asked for, with commas between them; or all')
    .option(
      '--map <requested=actual>',
      'sends requests for one model to another; may be repeated; none takes all away',
      anotherOf
    )

/** In the terms of the admin API; null takes away. */
function bodyOf(fields: Fields): Record<string, unknown> {
  const unlessNone = (value: string | undefined) => (value === 'none' ? null : value)
  const { name, kind, rateMultiplier, windowAnchor, timeZone, models, map } = fields
  const body = {
    name,
    kind,
    rate_multiplier: rateMultiplier,
    daily_limit_usd: unlessNone(fields.dailyLimit),
    weekly_limit_usd: unlessNone(fields.weeklyLimit),
    monthly_limit_usd: unlessNone(fields.monthlyLimit),
    window_anchor: windowAnchor,
    time_zone: timeZone,
    allowed_models: models === 'all' ? null : models?.split(',').map((model) => model.trim()),
    model_mapping: map === undefined ? undefined : mappingOf(map)
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

function mappingOf(pairs: readonly string[]): Record<string, string> {
  if (pairs.length === 1 && pairs[0] === 'none') return {}
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const [requested = '', actual = '', ...rest] = pair.split('=')
      if (requested === '' || actual === '' || rest.length > 0) throw new UsageError(`--map ${pair}: say REQUESTED=ACTUAL`)
      return [requested, actual]
    })
  )
}
