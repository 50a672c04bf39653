import { readFileSync } from 'node:fs'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { textOf, type Values } from '../services/resources/definition.ts'
import type { Field, Fields } from '../services/resources/field.ts'
import { fileProblem } from '../services/platform/file-problem.ts'
import { confirm } from './confirm.ts'
import { UsageError } from './failures.ts'
import { anotherOf, days, filePath, integer, timeAhead } from './option-values.ts'
import { saying, type Said } from './option-words.ts'
import { readSecrets } from './read-secret.ts'

/** What a command was given, as commander has it. */
export type Given = Record<string, unknown>

const optionDetails = ({ option }: Field) => (option === false ? {} : (option ?? {}))

/** The name of its option. */
export const flagOf = (name: string, field: Field) => optionDetails(field).name ?? name.replaceAll('_', '-')

/** As commander calls what an option was given. */
const keyOf = (name: string, field: Field) => inCamelCase(flagOf(name, field))

const inCamelCase = (flag: string) => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

const VALUES: Record<Exclude<Field['type'], 'secret'>, string> = {
  text: 'text',
  integer: 'n',
  boolean: 'answer',
  list: 'a,b',
  mapping: 'from=to',
  object: 'part=value',
  json: 'file'
}

const isRepeated = (field: Field) =>
  field.type === 'mapping' || field.type === 'object' || optionDetails(field).repeated === true

/** Adds an option for each of `fields`; secrets are asked for, since others see what is in an argument. */
export function withFields(command: Command, fields: Fields, { isChange }: { isChange: boolean }): Command {
  for (const [name, field] of Object.entries(fields)) {
    if (field.type === 'secret') {
      if (isChange) command.option(`--new-${flagOf(name, field)}`, 'replace it; prompted for, or read from standard input')
    } else if (field.option !== false) command.addOption(optionOf(name, field, isChange))
    if (field.confirmed === undefined) continue
    command.option(`--${allowOf(name, field)}`, 'do not ask whether that may be')
    saying(command, { [field.confirmed.by]: `--${allowOf(name, field)}` })
  }
  for (const [name, field] of Object.entries(fields)) {
    const said = saidOf(name, field)
    const parts = Object.entries(field.parts ?? {}).map(([part, { none }]) => [
      `${name}.${part}`,
      { as: `${said.as} ${part}`, none }
    ])
    saying(command, { [name]: said, ...(Object.fromEntries(parts) as Record<string, Said>) })
  }
  return command
}

/** The option that says yes to what is asked about a field. */
const allowOf = (name: string, field: Field) => `allow-${flagOf(name, field)}`

/** Asks about what reaches beyond Sluice of a request, unless its option is given. What the request says of it then. */
export async function confirmGiven(fields: Fields, given: Given, body: Values): Promise<Values> {
  const said: Values = {}
  for (const [name, field] of Object.entries(fields)) {
    if (field.confirmed === undefined || !(name in body)) continue
    const { by, why } = field.confirmed
    const option = allowOf(name, field)
    await confirm(`The ${labelOf(name)} ${why}.`, given[inCamelCase(option)] === true, `--${option}`)
    said[by] = true
  }
  return said
}

const saidOf = (name: string, field: Field): Said => ({
  as: field.type === 'secret' ? `the ${labelOf(name)}` : `--${flagOf(name, field)}`,
  none: field.none,
  isFlag: field.type === 'boolean',
  makes: true
})

function optionOf(name: string, field: Field, isChange: boolean): Option {
  const { unit, value = VALUES[field.type as keyof typeof VALUES], byDefault } = optionDetails(field)
  const option = new Option(`--${flagOf(name, field)} <${value}>`, helpOf(field, isChange))
  const { enum: choices } = field.schema
  if (field.type === 'integer') option.argParser(unit === 'days' ? days : integer)
  if (field.type === 'boolean') option.choices(['yes', 'no'])
  if (Array.isArray(choices)) option.choices(choices as string[])
  if (field.type === 'json') option.argParser((path) => (path === field.none ? path : readJson(path)))
  if (isRepeated(field)) option.argParser(anotherOf)
  if (field.asked !== undefined)
    option.argParser((text) => (text === field.none ? text : timeAhead(text, field.isEnd === true)))
  if (byDefault !== undefined && !isChange) option.default(byDefault)
  else if (field.required && !isChange) option.makeOptionMandatory()
  return option
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path === '-' ? 0 : filePath(path), 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidArgumentError(`It is no JSON: ${error.message}.`)
    throw new InvalidArgumentError(`It cannot be read: ${fileProblem(error)}.`)
  }
}

function helpOf(field: Field, isChange: boolean): string {
  const { meaning, none, default: byDefault = null, defaultText } = field
  const about = (optionDetails(field).help ?? meaning).replaceAll('`', '')
  if (isChange) return none === undefined ? about : `${about}; or ${none}`
  const answer = typeof byDefault === 'boolean' ? (byDefault ? 'yes' : 'no') : null
  const text = defaultText?.replaceAll('`', '') ?? answer ?? (byDefault === null ? none : textOf(field, byDefault))
  return text === undefined ? about : `${about} (default: ${text})`
}

/** The body that an operator's options make: what is not given is not in it; null is none. */
export function bodyOf(fields: Fields, given: Given): Values {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const value = given[keyOf(name, field)]
      return value === undefined ? [] : [[name, valueOf(name, field, value)]]
    })
  )
}

/** The same of what is created, which has none of what is not in it. */
export function newBodyOf(fields: Fields, given: Given): Values {
  const isParts = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = Object.entries(bodyOf(fields, given)).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.map(([name, value]) => [name, isParts(value) ? withoutNulls(value) : value]))
}

const withoutNulls = (values: Values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

function valueOf(name: string, field: Field, value: unknown): unknown {
  const isNone = field.none !== undefined && [value].flat().join() === field.none
  if (field.type === 'mapping') return isNone ? {} : Object.fromEntries(pairsOf(name, field, value as string[]))
  if (isNone) return null
  if (field.type === 'boolean') return value === 'yes'
  if (field.parts !== undefined) return partsOf(field.parts, pairsOf(name, field, value as string[]))
  if (field.type !== 'list' || Array.isArray(value)) return value
  return String(value)
    .split(',')
    .map((entry) => entry.trim())
}

const partsOf = (parts: Fields, pairs: [string, string][]) =>
  Object.fromEntries(
    pairs.map(([part, value]) => {
      if (value === parts[part]?.none) return [part, null]
      return [part, parts[part]?.type === 'integer' && /^-?\d{1,9}$/.test(value) ? Number(value) : value]
    })
  )

function pairsOf(name: string, field: Field, pairs: readonly string[]): [string, string][] {
  const option = `--${flagOf(name, field)}`
  const seen = new Set<string>()
  return pairs.map((pair) => {
    const [from = '', to = '', ...rest] = pair.split('=')
    if (from === '' || to === '' || rest.length > 0) {
      throw new UsageError(
        `${option} ${pair} must be ${optionDetails(field).value ?? 'from=to'}; repeat the option for several`
      )
    }
    if (seen.has(from)) throw new UsageError(`${option} ${pair} repeats ${from}: give each once`)
    seen.add(from)
    return [from, to]
  })
}

/** The secrets that are to be asked for: all of a new row; of another those that are named, or each where nothing else is. */
export async function readFieldSecrets(fields: Fields, given: Given | null): Promise<Values> {
  const secrets = Object.entries(fields).filter(([, { type }]) => type === 'secret')
  const isNamed = (name: string, field: Field) =>
    given === null || given[`new${keyOf(name, field).replace(/^./, (letter) => letter.toUpperCase())}`] === true
  const isNothing = given !== null && Object.keys(bodyOf(fields, given)).length === 0
  const named = secrets.filter(([name, field]) => isNamed(name, field))
  const wanted = named.length === 0 && isNothing ? secrets : named
  if (wanted.length === 0) return {}
  const answers = await readSecrets(wanted.map(([name]) => labelOf(name)))
  return Object.fromEntries(
    wanted.map(([name], index) => {
      const answer = answers[index] ?? ''
      if (answer === '') throw new UsageError(`no ${labelOf(name)} was given: type it, or pipe it to standard input`)
      return [name, answer]
    })
  )
}

const labelOf = (name: string) => name.replaceAll('_', ' ').replace(/\b(?:url|api)\b/g, (word) => word.toUpperCase())
