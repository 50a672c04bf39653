import { Option, type Command } from 'commander'
import { confirm } from './confirm.ts'
import { csvLine } from './csv.ts'
import { UsageError } from './failures.ts'
import {
  command,
  commandGroup,
  findUser,
  listRows,
  onAdmin,
  printRow,
  printRows,
  YES,
  type Common,
  type Row
} from './operated-rows.ts'
import { positiveInteger } from './option-values.ts'
import { readSecret } from './read-secret.ts'

const COLUMNS = ['id', 'hint', 'kind', 'amount_usd', 'group', 'days', 'status', 'expires_at', 'redeemed_by', 'note']
const MADE_COLUMNS = ['code', 'kind', 'amount_usd', 'group', 'days', 'expires_at', 'note']

interface NewCode extends Common {
  csv: boolean
  amount?: string
  group?: string
  days?: number
  count: number
  expires?: string
  note?: string
}

export function codesCommand(): Command {
  const codes = commandGroup('codes', 'Shows and makes codes that are redeemed once, for balance or days of a subscription')
  codes.addCommand(
    command('list', 'Lists the codes, newest first; not what they read')
      .addOption(new Option('--status <status>', 'of that status').choices(['open', 'redeemed', 'revoked', 'expired']))
      .action(({ json, ...filters }: Common) =>
        onAdmin(async (ask) => printRows(await listRows(ask, '/codes', filters as Record<string, string>), COLUMNS, json))
      )
  )
  codes.addCommand(
    command('show', 'Shows what is known of a code')
      .argument('<id>')
      .action((id: string, { json }: Common) =>
        onAdmin(async (ask) => printRow((await ask('GET', `/codes/${pathOf(id)}`)) as Row, json))
      )
  )
  codes.addCommand(
    command('add', 'Makes codes, and shows them this once')
      .alias('create')
      .option('--amount <usd>', 'what they add to a balance')
      .option('--group <group>', 'the group that they subscribe to')
      .option('--days <n>', 'for how long', positiveInteger)
      .addOption(new Option('--count <n>', 'how many').argParser(positiveInteger).default(1))
      .option('--expires <time>', 'until when they can be redeemed (default: always)')
      .option('--note <text>', 'what they are for')
      .addOption(new Option('--csv', 'print all fields as CSV').default(false).conflicts('json'))
      .action((options: NewCode) => add(options))
  )
  const change = (id: string, changes: object, json: boolean) =>
    onAdmin(async (ask) => printRow((await ask('PATCH', `/codes/${pathOf(id)}`, changes)) as Row, json))
  codes.addCommand(
    command('change', 'Changes a code that nobody has redeemed; what is not named stays')
      .argument('<id>')
      .option('--expires <time>', 'until when it can be redeemed, or never')
      .option('--note <text>', 'what it is for')
      .action(async (id: string, { json, expires, note }: Common & { expires?: string; note?: string }) => {
        const changes = { ...(expires && { expires_at: expires === 'never' ? null : expires }), ...(note && { note }) }
        if (Object.keys(changes).length === 0)
          throw new UsageError('nothing to change was named: see sluice codes change --help')
        await change(id, changes, json)
      })
  )
  codes.addCommand(
    command('remove', 'Revokes a code that nobody has redeemed')
      .argument('<id>')
      .option(...YES)
      .action(async (id: string, { json, yes = false }: Common) => {
        await confirm(`Code ${id} will not be redeemed any more.`, yes)
        await onAdmin(async (ask) => printRow((await ask('POST', `/codes/${pathOf(id)}/revoke`, {})) as Row, json))
      })
  )
  codes.addCommand(
    command('redeem', 'Redeems a code for a user; the code is typed, or read from standard input')
      .argument('<email>')
      .action((email: string, { json }: Common) =>
        onAdmin(async (ask) => {
          const { id } = await findUser(ask, email)
          const code = await readSecret('Code')
          if (code === '') throw new UsageError('no code was given: type it, or give it on standard input')
          printRow((await ask('POST', `/users/${id}/redeem`, { code })) as Row, json)
        })
      )
  )
  return codes
}

async function add({ json, csv, amount, group, days, count, expires, note }: NewCode): Promise<void> {
  const body = {
    kind: group === undefined ? 'balance' : 'subscription',
    amount_usd: amount,
    group,
    days,
    count,
    expires_at: expires,
    note
  }
  await onAdmin(async (ask) => {
    const { data } = (await ask('POST', '/codes', body)) as { data: Row[] }
    if (!csv) return printRows(data, MADE_COLUMNS, json)
    const fields = Object.keys(data[0] ?? {})
    for (const line of [fields, ...data.map((row) => fields.map((field) => row[field]))]) console.log(csvLine(line))
  })
}

/** An id that the list shows. */
function pathOf(id: string): string {
  if (!/^\d{1,18}$/.test(id)) throw new UsageError(`${id} is no id of a code: sluice codes list shows them`)
  return id
}
