import type { Command } from 'commander'
import { pickFields, type Definition } from '../services/resources/definition.ts'
import type { AskAdmin } from './admin-client.ts'
import { confirm } from './confirm.ts'
import { UsageError } from './failures.ts'
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
import { bodyOf, readFieldSecrets, withFields, type Given } from './resource-options.ts'

/** The command that every kind of row has: its list, one of it; and to add, change and remove one. */
export function resourceCommand(definition: Definition, about: string): Command {
  const { kind, one, plural, known, fields } = definition
  const path = `/${plural}`
  const created = pickFields(fields, ({ create }, name) => create !== 'nobody' && name !== known)
  const changed = pickFields(fields, ({ change }) => change !== 'nobody')
  const columns = Object.keys(pickFields(fields, ({ listed }) => listed === true))
  const secrets = Object.keys(pickFields(fields, ({ type }) => type === 'secret'))
  const asked = secrets.length === 0 ? '' : '; what is secret is asked for, or read from standard input'
  const { normal = String, filter } = fields[known] ?? {}
  const find = (ask: AskAdmin, name: string) => {
    const named = { [known]: String(normal(name)) }
    return findRow(ask, { kind, path, named, ...(filter ? { filters: named } : {}) })
  }
  const onOne = (name: string, description: string) => command(name, description).argument(`<${known}>`)

  const change = (name: string, changes: object, json: boolean) =>
    onAdmin(async (ask) => printRow((await ask('PATCH', `${path}/${(await find(ask, name)).id}`, changes)) as Row, json))
  const called = (name: string) => `${kind[0]?.toUpperCase()}${kind.slice(1)} ${name}`

  const group = commandGroup(plural, about)
    .addCommand(
      command('list', `Lists the ${plural}`).action(({ json }: Common) =>
        onAdmin(async (ask) => printRows(await listRows(ask, path), columns, json))
      )
    )
    .addCommand(
      onOne('show', `Shows ${one}${secrets.length === 0 ? '' : '; not its secrets'}`).action((name: string, { json }: Common) =>
        onAdmin(async (ask) => printRow(await find(ask, name), json))
      )
    )
    .addCommand(
      withFields(onOne('add', `Creates ${one}${asked}`).alias('create'), created, { isChange: false }).action(
        (name: string, { json, ...given }: Common & Given) =>
          onAdmin(async (ask) => {
            const body = { [known]: name, ...bodyOf(created, given), ...(await readFieldSecrets(created, null)) }
            printRow((await ask('POST', path, withoutNulls(body))) as Row, json)
          })
      )
    )
    .addCommand(
      withFields(onOne('change', `Changes ${one}; what is not named stays`), changed, { isChange: true }).action(
        (name: string, { json, ...given }: Common & Given) =>
          onAdmin(async (ask) => {
            const { id } = await find(ask, name)
            const changes = { ...bodyOf(changed, given), ...(await readFieldSecrets(changed, given)) }
            if (Object.keys(changes).length === 0)
              throw new UsageError(`nothing to change was named: see sluice ${plural} change --help`)
            printRow((await ask('PATCH', `${path}/${id}`, changes)) as Row, json)
          })
      )
    )
    .addCommand(
      onOne('remove', `Removes ${one}, unless something refers to it`)
        .option(...YES)
        .action(async (name: string, { json, yes = false }: Common) => {
          await confirm(`${called(name)} will be removed.`, yes)
          await onAdmin(async (ask) => remove(ask, `${path}/${(await find(ask, name)).id}`, `${kind} ${name}`, json))
        })
    )
  if (!('status' in changed)) return group
  return group
    .addCommand(
      onOne('disable', `Disables ${one}: ${changed['status']?.meaning ?? ''}`)
        .option(...YES)
        .action(async (name: string, { json, yes = false }: Common) => {
          await confirm(`${called(name)} will be disabled.`, yes)
          await change(name, { status: 'disabled' }, json)
        })
    )
    .addCommand(
      onOne('enable', `Enables ${one} again`).action((name: string, { json }: Common) =>
        change(name, { status: 'active' }, json)
      )
    )
}

const withoutNulls = (body: object) => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
