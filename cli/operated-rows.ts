import { Command } from 'commander'
import { meantInstead } from '../services/resources/set-up/nearest-name.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { withAdmin, type AskAdmin } from './admin-client.ts'
import { cellOf, linesOf, usedOf } from './cells.ts'
import { UsageError } from './failures.ts'
import { printResult } from './print-result.ts'
import { printTable } from './print-table.ts'
import type { Column } from './table-layout.ts'

/** A row as the admin API shows it. */
export type AdminRow = { id: string } & Record<string, unknown>

export interface Common {
  json: boolean
  yes?: boolean
}

export const YES = ['--yes', 'do not ask'] as const

export const onAdmin = (use: (ask: AskAdmin) => Promise<void>) => withAdmin(readSettings(process.env), use)

/** All rows of a list of the admin API. */
export async function listRows<Kind extends { id: string } = AdminRow>(
  ask: AskAdmin,
  path: string,
  filters: Filters = {}
): Promise<Kind[]> {
  const rows: Kind[] = []
  for await (const page of pagesOf<Kind>(ask, path, filters)) rows.push(...page)
  return rows
}

const PAGE = 1000

/** Of several values of one any will do. */
export type Filters = Record<string, string | readonly string[]>

export function queryOf(filters: Filters): string {
  const each = Object.entries(filters).flatMap(([name, given]) =>
    [given].flat().map((value): [string, string] => [name, value])
  )
  return new URLSearchParams(each).toString()
}

/** The same a page at a time, `most` rows in all. */
export async function* pagesOf<Kind extends { id: string } = AdminRow>(
  ask: AskAdmin,
  path: string,
  filters: Filters,
  most = Infinity
): AsyncGenerator<Kind[]> {
  let [left, cursor]: [number, string | null] = [most, null]
  do {
    const limit = String(Math.min(left, PAGE))
    const query = queryOf({ ...filters, limit, ...(cursor === null ? {} : { cursor }) })
    const page = (await ask('GET', `${path}?${query}`)) as { data: Kind[]; next_cursor: string | null }
    yield page.data
    left -= page.data.length
    cursor = page.next_cursor
  } while (cursor !== null && left > 0)
}

export interface Wanted {
  /** What to call it when there is none, such as `group`. */
  kind: string
  /** Of the list that it is in. */
  path: string
  filters?: Record<string, string>
  named: Record<string, string>
}

/** Throws UsageError when there is none, with the nearest name. */
export async function findRow(ask: AskAdmin, { kind, path, filters = {}, named }: Wanted): Promise<AdminRow> {
  const fields = Object.entries(named)
  const rows = await listRows(ask, path, filters)
  const row = rows.find((entry) => fields.every(([field, value]) => entry[field] === value))
  if (row !== undefined) return row
  const [field = '', value = ''] = fields.at(-1) ?? []
  const known = rows.map((entry) => String(entry[field]))
  throw new UsageError(`there is no ${kind} ${Object.values({ ...filters, ...named }).join('/')}${meantInstead(value, known)}`)
}

export const findUser = (ask: AskAdmin, email: string) =>
  findRow(ask, { kind: 'user', path: '/users', named: { email: email.toLowerCase() } })

/** The action of a command about the user with an e-mail address; `path` is theirs in the admin API. */
export const onUser =
  <Options extends Common>(use: (ask: AskAdmin, path: string, email: string, options: Options) => Promise<void>) =>
  (email: string, options: Options) =>
    onAdmin(async (ask) => use(ask, `/users/${(await findUser(ask, email)).id}`, email, options))

/** The action of a command that does something to that user, and shows what came of it; `told` is what it is done with. */
export const actOnUser = (act: string, told: () => Promise<object> | undefined = () => undefined) =>
  onUser(async (ask, path, _email, { json }) => printRow((await ask('POST', `${path}/${act}`, await told())) as AdminRow, json))

/** A column of what rows have in a field, which it is called after when nothing is said. */
export type FieldColumn = Omit<Column, 'heading'> & { field: string; heading?: string }

export function printRows(rows: readonly AdminRow[], columns: readonly FieldColumn[], asJson: boolean): void {
  printResult(rows, asJson, () => {
    if (rows.length === 0) return console.log('Nothing found.')
    printTable(
      columns.map(({ field, ...column }) => ({ heading: field.toUpperCase(), ...column })),
      rows.map((row) => columns.map(({ field }) => (USED.has(field) ? usedOf(row[field]) : cellOf(row[field]))))
    )
  })
}

export function printRow(row: AdminRow, asJson: boolean): void {
  printResult(row, asJson, () => {
    printTable(
      [{ heading: 'FIELD' }, { heading: 'VALUE' }],
      Object.entries(row).flatMap(([field, value]) => linesOf(field, value)),
      Infinity
    )
    if (typeof row['key'] === 'string') console.log('\nKeep the key: it is not shown again.')
  })
}

/** What windows of limits are called in rows. */
const USED = new Set(['spending', 'windows'])

/** Removes a row that was found, once that is confirmed. */
export async function remove(ask: AskAdmin, path: string, what: string, json: boolean): Promise<void> {
  await ask('DELETE', path)
  printResult({ removed: what }, json, () => console.log(`Removed ${what}.`))
}

export const command = (name: string, description: string) =>
  new Command(name).description(description).option('--json', 'print JSON', false)

/** Holds the commands about one kind of thing. */
export const commandGroup = (name: string, description: string) => new Command(name).description(description)
