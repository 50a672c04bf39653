import { Option, type Command } from 'commander'
import {
  filterSchemas,
  pickFields,
  searchedFields,
  sortedFields,
  type Definition,
  type Values
} from '../services/resources/definition.ts'
import type { Field } from '../services/resources/field.ts'
import type { AskAdmin } from './admin-client.ts'
import { confirm } from './confirm.ts'
import { UsageError } from './failures.ts'
import { warnOfModels } from './known-models.ts'
import { command, commandGroup, findRow, listRows, onAdmin, printRow, printRows, remove, YES } from './operated-rows.ts'
import type { AdminRow, Common, FieldColumn } from './operated-rows.ts'
import { saying } from './option-words.ts'
import { bodyOf, confirmGiven, newBodyOf, readFieldSecrets, withFields, type Given } from './resource-options.ts'

/** How the command speaks of rows of a kind, which it knows by one name, or by a user and a name. */
export function rowsOf(definition: Definition) {
  const { kind, plural, known, fields } = definition
  const path = `/${plural}`
  // What a row has from the one that it is in comes first.
  const owners = Object.keys(pickFields(fields, ({ inherited }) => inherited === true))
  const labels = [...owners.map(() => 'email'), known]
  const { normal = String, filter } = fields[known] ?? {}

  /** The fields by which a row is known. */
  const knownBy = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries([...owners, known].map((field, index) => [field, String(names[index])]))

  async function find(ask: AskAdmin, names: readonly string[]): Promise<AdminRow> {
    if (known === 'id') return (await ask('GET', `${path}/${encodeURIComponent(String(names[0]))}`)) as AdminRow
    const { [known]: name = '', ...filters } = knownBy(names)
    const named = { [known]: String(normal(name)) }
    return await findRow(ask, { kind, path, named, filters: filter === true ? { ...filters, ...named } : filters })
  }

  const called = (names: readonly string[]) => `${kind[0]?.toUpperCase()}${kind.slice(1)} ${names.join('/')}`

  const onOne = (name: string, description: string) =>
    saying(
      labels.reduce((made, label) => made.argument(`<${label}>`), command(name, description)),
      Object.fromEntries(owners.map((owner) => [owner, '<email>']))
    )

  const doing =
    <Options>(work: (names: string[], options: Common & Options) => Promise<void>) =>
    (...given: unknown[]) =>
      work(given.slice(0, labels.length) as string[], given[labels.length] as Common & Options)

  return {
    path,
    knownBy,
    find,
    called,
    /** A command about one row. */
    onOne,
    /** What such a command does. */
    doing,
    /** A command that does something about one row once somebody has said yes to what `will` happen to it. */
    onOneConfirmed: (
      name: string,
      description: string,
      will: string,
      work: (names: string[], json: boolean) => Promise<void>
    ) =>
      onOne(name, description)
        .option(...YES)
        .action(
          doing(async (names, { json, yes = false }) => {
            await confirm(`${called(names)} will ${will}.`, yes)
            await work(names, json)
          })
        ),
    /** Asks for something to be done with a row, and prints what became of it. */
    act: (names: readonly string[], act: string, body: object, json: boolean) =>
      onAdmin(async (ask) => {
        const row = (await ask('POST', `${path}/${(await find(ask, names)).id}/${act}`, body)) as AdminRow
        printRow(row, json)
        if (act === 'rotate' || act === 'resume') warnOfRest(definition, names, row)
      }),
    change: (names: readonly string[], changes: object, json: boolean) =>
      onAdmin(async (ask) => {
        const row = (await ask('PATCH', `${path}/${(await find(ask, names)).id}`, changes)) as AdminRow
        printRow(row, json)
        if ('status' in changes && changes.status === 'active') warnOfRest(definition, names, row)
      })
  }
}

/** What prolongs a row that has ended. */
const PROLONGS: Record<string, string> = { keys: 'change … --expires TIME', subscriptions: 'extend … --days N' }

/** Says what keeps a row from working, after it was made or taken in again. */
function warnOfRest({ kind, plural }: Definition, names: readonly string[], row: AdminRow): void {
  const { status, problem, expires_at: expiresAt, own_expires_at: ownEnd } = row
  const called = `warning: ${kind} ${names.join('/')}`
  const remedy = PROLONGS[plural]?.replace('…', names.join(' '))
  // Both are in UTC with milliseconds.
  if (status === 'expired' && typeof ownEnd === 'string' && !(typeof expiresAt === 'string' && expiresAt <= ownEnd))
    console.error(`${called} stays expired, since ${ownEnd}, as its owner wants`)
  else if (status === 'expired')
    console.error(`${called} stays expired, since ${String(expiresAt)}: sluice ${plural} ${remedy}`)
  else if (typeof problem === 'string') console.error(`${called} does not work now: ${problem}`)
}

/** What a command gives of a row that it creates, and of one that it changes. */
export const givenFields = ({ known, fields }: Definition) => ({
  created: pickFields(fields, ({ create, inherited }, name) => create !== 'nobody' && name !== known && !inherited),
  changed: pickFields(fields, ({ change }) => change !== 'nobody')
})

/** Of a kind whose rows these commands only show: what else is done about them has commands of its own. */
export const SHOWN_ONLY = { add: false, change: false, remove: false } as const

/** The command that every kind of row has: its list, one of it; and to add, change and remove one. */
export function resourceCommand(
  definition: Definition,
  about: string,
  ways: { add?: false; change?: false; remove?: false } = {}
): Command {
  const { kind, one, plural, fields } = definition
  const rows = rowsOf(definition)
  const { path, find, onOne, onOneConfirmed, doing } = rows
  const { created, changed } = givenFields(definition)
  const hasSecrets = Object.values(fields).some(({ type }) => type === 'secret')
  const isAsked = Object.values(created).some(({ type }) => type === 'secret')

  const group = commandGroup(plural, about)
    .addCommand(listCommand(definition))
    .addCommand(
      onOne('show', `Shows ${one}${hasSecrets ? '; not its secret' : ''}`).action(
        doing((names, { json }) => onAdmin(async (ask) => printRow(await find(ask, names), json)))
      )
    )
  if (ways.add !== false) {
    group.addCommand(
      withFields(
        onOne('add', `Creates ${one}${isAsked ? '; prompts for secrets, or reads them from standard input' : ''}`).alias(
          'create'
        ),
        created,
        { isChange: false }
      ).action(
        doing<Given>((names, { json, ...given }) =>
          onAdmin(async (ask) => {
            const body: Values = {
              ...rows.knownBy(names),
              ...newBodyOf(created, given),
              ...(await readFieldSecrets(created, null))
            }
            const row = (await ask('POST', path, { ...body, ...(await confirmGiven(created, given, body)) })) as AdminRow
            printRow(row, json)
            warnOfRest(definition, names, row)
            await warnOfModels(ask, body['allowed_models'])
          })
        )
      )
    )
  }
  if (ways.change !== false) {
    group.addCommand(
      withFields(onOne('change', `Changes ${one}; other fields stay as they are`), changed, { isChange: true }).action(
        doing<Given>((names, { json, ...given }) => onAdmin((ask) => change(ask, names, given, json)))
      )
    )
  }
  if (ways.remove !== false) {
    group.addCommand(
      onOneConfirmed('remove', `Removes ${one}, unless something refers to it`, 'be removed', (names, json) =>
        onAdmin(async (ask) => remove(ask, `${path}/${(await find(ask, names)).id}`, `${kind} ${names.join('/')}`, json))
      )
    )
  }
  return 'status' in changed ? withStatus(group, definition) : group

  async function change(ask: AskAdmin, names: string[], given: Given, json: boolean): Promise<void> {
    const { id } = await find(ask, names)
    const changes = { ...bodyOf(changed, given), ...(await readFieldSecrets(changed, given)) }
    if (Object.keys(changes).length === 0) throw new UsageError(`name what to change: see sluice ${plural} change --help`)
    const confirmed = await confirmGiven(changed, given, changes)
    const row = (await ask('PATCH', `${path}/${id}`, { ...changes, ...confirmed })) as AdminRow
    printRow(row, json)
    await warnOfModels(ask, changes['allowed_models'])
  }
}

function columnOf([field, { listed, refersTo, isProse }]: [string, Field]): FieldColumn {
  const isName = listed === 'known' || refersTo !== undefined
  return {
    field,
    ...(isName ? { is: 'name' } : isProse ? { is: 'prose' } : {}),
    ...(listed === true ? {} : { rank: listed })
  }
}

/** The columns of its lists. */
export function columnsOf({ known, fields }: Definition): FieldColumn[] {
  const listed = Object.entries(fields).filter(([, field]) => field.listed !== undefined)
  return [...(known === 'id' ? [{ field: 'id', rank: 'known' } as const] : []), ...listed.map(columnOf)]
}

function listCommand({ plural, fields, ...definition }: Definition): Command {
  const columns = columnsOf({ plural, fields, ...definition })
  const list = command('list', `Lists the ${plural}`)
  for (const name of Object.keys(filterSchemas({ plural, fields, ...definition }))) {
    list.option(`--${name} <${name === 'user' ? 'email' : name}>`, `filter by ${name}`)
  }
  return withSearch(list, { fields }).action(({ json, ...given }: Common & Record<string, string>) =>
    onAdmin(async (ask) => printRows(await listRows(ask, `/${plural}`, queriedBy(given)), columns, json))
  )
}

/** Adds the options by which a list is searched and sorted, where it can be. */
export function withSearch(list: Command, definition: Pick<Definition, 'fields'>): Command {
  const searched = Object.keys(searchedFields(definition)).map((name) => name.replaceAll('_', ' '))
  const sorted = Object.keys(sortedFields(definition))
  if (searched.length > 0) list.option('--search <text>', `only those with this in their ${searched.join(' or ')}`)
  if (sorted.length > 0) {
    const option = new Option('--sort <field>', 'sort by a field; with - before it: the largest first')
    list.addOption(option.choices(sorted.flatMap((name) => [name, `-${name}`])))
  }
  return saying(list, { q: '--search' })
}

/** What a list is asked by, as the API calls it. */
export const queriedBy = ({ search, ...filters }: { search?: string } & Record<string, string>): Record<string, string> => ({
  ...filters,
  ...(search === undefined ? {} : { q: search })
})

/** What disabling a row brings about. */
const WHILE_DISABLED: Record<string, string> = {
  users: 'requests of all their keys are rejected, and they cannot sign in,',
  keys: 'its requests are rejected',
  groups: 'requests of all its keys are rejected',
  teams: 'requests of all its keys are rejected',
  'workload-rules': 'no token is exchanged, and those that were are rejected,'
}

/** Adds what takes a row out, and back in. */
function withStatus(group: Command, definition: Definition): Command {
  const { one, plural } = definition
  const { onOne, onOneConfirmed, doing, change } = rowsOf(definition)
  const meanwhile = WHILE_DISABLED[plural]
  return group
    .addCommand(
      onOneConfirmed(
        'disable',
        `Disables ${one}${meanwhile === undefined ? '' : `: ${meanwhile}`} until it is enabled again`,
        'be disabled',
        (names, json) => change(names, { status: 'disabled' }, json)
      )
    )
    .addCommand(
      onOne('enable', `Enables ${one} again`).action(doing((names, { json }) => change(names, { status: 'active' }, json)))
    )
}
