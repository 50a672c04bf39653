import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command, Option } from 'commander'
import { sluiceProgram } from '../../cli/program.ts'
import { filtersOf } from '../../cli/usage-options.ts'

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)]
const nameOf = (command: Command): string => (command.parent === null ? '' : `${nameOf(command.parent)} ${command.name()}`)

/** A time, a day, a span, or a word for a day. */
const OFFERED = /\d{4}-\d\d-\d\d(?:T[\d:]+Z)?|today|yesterday|tomorrow|\b\d+[a-z](?:\d+[a-z])*\b/g

function refusalOf(take: () => unknown): string {
  try {
    take()
  } catch (error) {
    return (error as Error).message
  }
  return assert.fail('what is wrong was taken')
}

/** What the message says that is refused, and how much it says. */
function assertTaken(take: (text: string) => unknown, where: string): number {
  const message = refusalOf(() => take('at-some-time'))
  const words = message.replace('at-some-time', '').match(OFFERED) ?? []
  for (const word of words) assert.doesNotThrow(() => take(word), `${where} offers ${word}`)
  return words.length
}

const PARSED = /^<(?:time|span|n)>$|--(?:days|expires|starts-at)/
const options = all(sluiceProgram()).flatMap((command) =>
  command.options
    .filter(
      ({ flags, parseArg }) => parseArg !== undefined && PARSED.test(flags.replace(/^.* /, '')) && !flags.includes('--limit')
    )
    .map((option): [string, Option] => [`${nameOf(command)} ${String(option.long)}`.trim(), option])
)

for (const [where, { parseArg }] of options) {
  test(`what ${where} says of a wrong time or span, it takes`, () => {
    assertTaken((text) => parseArg?.(text, undefined as never), where)
  })
}

test('the options for times and spans are among these', () => {
  const names = options.map(([where]) => where)
  for (const name of [
    'keys add --expires',
    'codes change --expires',
    'subscriptions add --starts-at',
    'subscriptions extend --days',
    'keys rotate --overlap',
    'top --interval'
  ]) {
    assert.ok(names.includes(name), name)
  }
})

for (const option of ['from', 'to']) {
  test(`what --${option} says of a wrong time, it takes, also where full hours are wanted`, () => {
    const offered = assertTaken((text) => {
      const at = String(filtersOf({ [option]: text })[option])
      assert.equal(Date.parse(at) % 3_600_000, 0, text)
    }, option)
    assert.ok(offered >= 6)
  })
}
