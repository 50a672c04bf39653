import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CommanderError, type Command } from 'commander'
import { sluiceProgram } from '../../cli/program.ts'

const PAGE = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

/** What can be run, such as `users list`. */
function leavesOf(command: Command, path: string[] = []): string[] {
  if (command.commands.length === 0) return [path.join(' ')]
  const children = command.commands.filter((child) => child.name() !== 'help')
  return children.flatMap((child) => leavesOf(child, [...path, child.name()]))
}

const TABLES = PAGE.slice(PAGE.indexOf('\n## Commands'), PAGE.indexOf('\n## Confirmation'))
const ROWS = TABLES.split('\n').filter((line) => line.startsWith('| `'))

/** The commands of a row of the page's tables: `groups list`, and after it in the same cell just `show NAME`. */
function commandsIn(row: string): string[] {
  const names = [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(
    ([, text = '']) => /^[a-z-]+(?: [a-z][a-z-]*)?(?=$| )/.exec(text)?.[0] ?? ''
  )
  const [first = ''] = names
  const group = first.includes(' ') ? first.split(' ')[0] : null
  return names.map((name, index) => (index === 0 || group === null ? name : `${group} ${name}`))
}

/** The examples of the page, as the words after `sluice`. */
function examples(): string[][] {
  return [...PAGE.matchAll(/npx sluice ([^#&|<>\n]+)/g)]
    .map(([, line = '']) => line.trim().split(/ +/))
    .filter(([first]) => first !== undefined && !first.startsWith('<'))
}

/** Parses and does nothing. */
async function parse(words: string[]): Promise<{ code: number; out: string; err: string }> {
  const program = sluiceProgram()
  const printed = { out: '', err: '' }
  const quieten = (command: Command) => {
    command.configureOutput({ writeOut: (text) => (printed.out += text), writeErr: (text) => (printed.err += text) })
    if (command.commands.length === 0 && command.name() !== 'help') command.action(() => {})
    command.commands.forEach(quieten)
  }
  quieten(program)
  try {
    await program.parseAsync(words, { from: 'user' })
    return { code: 0, ...printed }
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode, ...printed }
    throw error
  }
}

for (const [words, ...said] of [
  [['keys', 'add', '--wrong'], "error: unknown option '--wrong'", '(see sluice keys add --help)'],
  [['keys', 'add'], "error: missing required argument 'email'", '(see sluice keys add --help)'],
  [['keys', 'ad'], "error: unknown command 'ad'", '(Did you mean add?)', '(see sluice keys --help)'],
  [['usage', '--limit', '0'], /^error: option '--limit <n>' argument '0' is invalid/, '(see sluice usage list --help)'],
  [['help', 'keys', 'ad'], "error: unknown command 'ad'", '(Did you mean add?)', '(see sluice keys --help)'],
  [['help', 'kyes'], "error: unknown command 'kyes'", '(Did you mean keys?)', '(see sluice --help)'],
  [['kyes'], "error: unknown command 'kyes'", '(Did you mean keys?)', '(see sluice --help)']
] as const) {
  test(`sluice ${words.join(' ')} is refused with the help of just that`, async () => {
    const { code, out, err } = await parse([...words])
    assert.deepEqual([code === 0, out], [false, ''])
    const lines = err.trimEnd().split('\n')
    assert.equal(lines.length, said.length, err)
    said.forEach((line, index) =>
      typeof line === 'string' ? assert.equal(lines[index], line) : assert.match(lines[index] ?? '', line)
    )
  })
}

test('help before a command is --help behind it', async () => {
  for (const words of [['keys', 'add'], ['keys', 'create'], ['keys'], ['top'], []]) {
    assert.deepEqual(await parse(['help', ...words]), await parse([...words, '--help']), words.join(' '))
  }
})

test('the page names each command of the program, and no other', () => {
  assert.deepEqual(ROWS.flatMap(commandsIn).toSorted(), leavesOf(sluiceProgram()).toSorted())
})

for (const name of leavesOf(sluiceProgram())) {
  test(`${name} has --help with a description, and --json`, async () => {
    const { code, out, err } = await parse([...name.split(' '), '--help'])
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, new RegExp(`^Usage: sluice ${name.replace(/$/, '(?:\\|(?:create|change|remove))?')} [^]*\n\n[A-Z]`))
    assert.match(out, /--json/)
    assert.equal((await parse([...name.split(' '), '--jsn'])).code, 1)
  })
}

test('the program understands each example of the page', async () => {
  const all = examples()
  assert.ok(all.length > 20)
  for (const words of all) assert.deepEqual(await parse(words), { code: 0, out: '', err: '' }, words.join(' '))
})

test('each option that the page names for a command is one of it', () => {
  const inRows = ROWS.map((row) => ({ commands: commandsIn(row), text: row }))
  const inSentences = [...PAGE.matchAll(/^(?:- )?`([a-z]+ [a-z]+)` takes ([^.]+)\./gm)].map(([text, command = '']) => ({
    commands: [command],
    text
  }))
  assert.ok(inSentences.length > 3)
  for (const { commands, text } of [...inRows, ...inSentences]) {
    const known = commands.flatMap((name) => commandOf(name).options.map((option) => option.long))
    for (const [option] of text.matchAll(/--[a-z][a-z0-9-]+/g)) assert.ok(known.includes(option), `${text}: ${option}`)
  }
})

/** A command by its name, such as `users list`. */
function commandOf(name: string): Command {
  return name
    .split(' ')
    .reduce((parent, word) => parent.commands.find((child) => child.name() === word) ?? parent, sluiceProgram())
}

test('the page names each option that the program has', () => {
  const named = new Set([...PAGE.matchAll(/--[a-z][a-z0-9-]+/g)].map(([option]) => option))
  const options = leavesOf(sluiceProgram()).flatMap((name) => [...sluiceProgram().options, ...commandOf(name).options])
  assert.ok(options.length > 100)
  assert.deepEqual(
    [...new Set(options.map(({ long }) => long ?? ''))].filter((option) => !named.has(option)),
    []
  )
})

test('what takes something away can be told not to ask', () => {
  const names = leavesOf(sluiceProgram()).filter((name) => /(?:^| )(disable|revoke|remove|suspend)$/.test(name))
  assert.ok(names.length > 10)
  for (const name of [
    ...names,
    'keys rotate',
    'secrets rotate',
    'balance add',
    'apply',
    'prices update',
    'prices override',
    'prices rerate'
  ]) {
    assert.ok(
      commandOf(name).options.some(({ long }) => long === '--yes'),
      name
    )
  }
})
