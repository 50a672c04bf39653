import type { Command } from 'commander'

/** How somebody who types a command says what a field of its request has. */
export interface Said {
  /** Such as `--daily-limit`, `<name>` or `the password`. */
  as: string
  /** What is typed for null, where something is. */
  none?: string | undefined
  isFlag?: boolean
  /** It takes no value. */
  isSwitch?: boolean
  /** It makes something, so that what it refers to can be made first. */
  makes?: boolean
}

const saidBy = new WeakMap<Command, Map<string, Said>>()

/** Names what makes the fields of a command's request, but for those that an option or an argument is called after. */
export function saying(command: Command, fields: Record<string, Said | string>): Command {
  const said = saidBy.get(command) ?? new Map<string, Said>()
  for (const [field, as] of Object.entries(fields)) said.set(field, typeof as === 'string' ? { as } : as)
  saidBy.set(command, said)
  return command
}

const PATH = String.raw`(?:[.[][^;]*?)?`
const VERB = '(?=: | (?:must|is|has|names|repeats) )'
/** A problem begins with its field. */
const PROBLEM = new RegExp(`^([a-z_-]+)(${PATH})${VERB}(.*)$`, 's')
const NEXT_PROBLEM = new RegExp(`; (?=[a-z_-]+${PATH}${VERB})`)

/** The same message, in which fields of the API are the options and arguments of the command that was typed, a problem a line. */
export function inTermsOf(command: Command, message: string): string {
  const said = wordsOf(command)
  const problems = message.split(NEXT_PROBLEM)
  const told = problems.map((problem) => inside(said, beginning(said, problem)))
  return told.join(told.every((problem, index) => problem === problems[index]) ? '; ' : '\n')
}

/** What a problem begins with, and what it says of that alone. */
function beginning(said: ReadonlyMap<string, Said>, problem: string): string {
  const [, field = '', path = '', text = ''] = PROBLEM.exec(problem) ?? []
  const part = said.get(`${field}${path}`)
  const word = part ?? said.get(field)
  if (word === undefined) return problem
  const { as, none, makes } = word
  const told = text
    .replace(/, or null$/, none === undefined ? '' : `, or ${none}`)
    .replace(/^ is not a known field:/, ' is not known:')
  const isMissingGroup = makes === true && /^: there is no group [^;]+$/.test(told)
  const remedy = isMissingGroup ? `: make it with sluice groups add, or name another with ${as}` : ''
  return `${as}${part === undefined ? partsOf(path) : ''}${told}${remedy}`
}

/** Fields are named within messages as well: by words that nobody would write otherwise, or with what they are to be. */
function inside(said: ReadonlyMap<string, Said>, text: string): string {
  return text
    .replace(/\b([a-z]+): (true|false)\b/g, (all, field: string, value: string) => {
      const { as = '', isFlag, isSwitch } = said.get(field) ?? {}
      if (isSwitch && value === 'true') return as
      return isFlag ? `${as} ${value === 'true' ? 'yes' : 'no'}` : all
    })
    .replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (field) => said.get(field)?.as ?? field)
}

/** The place in a list is for those who see the list as one; a part of an object has its name. */
const partsOf = (path: string) => path.replace(/\[\d+\]/g, '').replaceAll('.', ' ')

function wordsOf(command: Command): Map<string, Said> {
  const options = command.options.map((option): [string, Said] => {
    const flag = String(option.long)
    return [flag.slice(2).replaceAll('-', '_'), { as: flag, isSwitch: option.isBoolean() }]
  })
  const given = command.registeredArguments.map((argument): [string, Said] => [argument.name(), { as: `<${argument.name()}>` }])
  return new Map([...options, ...given, ...(saidBy.get(command) ?? [])])
}
