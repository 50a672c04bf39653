import { Option, type Command } from 'commander'
import { codes as definition } from '../services/resources/codes/definition.ts'
import { pickFields } from '../services/resources/definition.ts'
import { csvLine } from '../services/platform/csv.ts'
import { actOnUser, command, onAdmin, printRows } from './operated-rows.ts'
import type { AdminRow, Common, FieldColumn } from './operated-rows.ts'
import { saying } from './option-words.ts'
import { readSecret } from './read-secret.ts'
import { columnsOf, resourceCommand, rowsOf } from './resource-commands.ts'
import { newBodyOf, withFields, type Given } from './resource-options.ts'

/** Those of a list, but what it has of a code that was used, and with the code itself. */
const MADE_COLUMNS: FieldColumn[] = [
  { field: 'code', rank: 'known', is: 'name' },
  ...columnsOf(definition).filter(({ field }) => !['id', 'hint', 'status', 'redeemed_by'].includes(field))
]
const created = pickFields(definition.fields, ({ create }) => create !== 'nobody')

export function codesCommand(): Command {
  const { onOneConfirmed, act } = rowsOf(definition)
  return resourceCommand(
    definition,
    'Shows and creates codes that can be redeemed once, for balance or days of a subscription',
    {
      add: false,
      remove: false
    }
  )
    .addCommand(
      withFields(command('add', 'Creates codes, shown only once').alias('create'), created, { isChange: false })
        .addOption(new Option('--csv', 'print all fields as CSV').default(false).conflicts('json'))
        .action((options: Common & { csv: boolean } & Given) => add(options))
    )
    .addCommand(
      onOneConfirmed(
        'remove',
        'Revokes a code that nobody has redeemed',
        'be revoked: nobody can redeem it any more',
        (names, json) => act(names, 'revoke', {}, json)
      )
    )
    .addCommand(
      saying(command('redeem', 'Redeems a code for a user; the code is typed, or read from standard input'), {
        code: 'the code'
      })
        .argument('<email>')
        .action(actOnUser('redeem', async () => ({ code: await readSecret('Code', 'code') })))
    )
}

async function add({ json, csv, ...given }: Common & { csv: boolean } & Given): Promise<void> {
  const body = { kind: given['group'] === undefined ? 'balance' : 'subscription', ...newBodyOf(created, given) }
  await onAdmin(async (ask) => {
    const { data } = (await ask('POST', '/codes', body)) as { data: AdminRow[] }
    if (!csv) return printRows(data, MADE_COLUMNS, json)
    // What it reads comes first.
    const fields = Object.keys({ code: '', ...data[0] })
    for (const line of [fields, ...data.map((row) => fields.map((field) => row[field]))]) console.log(csvLine(line))
  })
}
