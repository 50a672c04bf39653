import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { inTermsOf } from '../../cli/option-words.ts'
import { sluiceProgram } from '../../cli/program.ts'
import { givenFields } from '../../cli/resource-commands.ts'
import { DEFINITIONS } from '../../services/resources/definitions.ts'

const program = sluiceProgram()

function commandOf(...names: string[]): Command {
  return names.reduce<Command>((at, name) => at.commands.find((one) => one.name() === name) ?? assert.fail(name), program)
}

test('what is refused of any field is said of the option or argument that makes it', () => {
  const commands = [
    ['add', 'created'],
    ['change', 'changed']
  ] as const
  const seen = Object.values(DEFINITIONS).flatMap((definition) =>
    commands.flatMap(([name, which]) => {
      const command = program.commands
        .find((one) => one.name() === definition.plural)
        ?.commands.find((one) => one.name() === name)
      if (command === undefined) return []
      const words = [
        ...command.options.map(({ long }) => String(long)),
        ...command.registeredArguments.map((one) => `<${one.name()}>`)
      ]
      return Object.entries(givenFields(definition)[which])
        .filter(([, { option, type }]) => option !== false && type !== 'secret')
        .map(([field]) => {
          const [said = ''] = inTermsOf(command, `${field} must be something else`).split(' must')
          assert.ok(words.includes(said), `${definition.plural} ${name}: ${field} is ${said}`)
          return field
        })
    })
  )
  assert.ok(seen.length > 40, `${seen.length}`)
})

const MESSAGES: [command: string, from: string, to: string][] = [
  [
    'keys add',
    'spend_limits.daily must be x; allowed_ips[1] must be y',
    '--spend-limit daily must be x\n--allowed-ips must be y'
  ],
  ['keys add', 'user: there is no user a@b; did you mean a@c?', '<email>: there is no user a@b; did you mean a@c?'],
  ['keys change', 'spend_limits.daily must be x, or null', '--spend-limit daily must be x, or none'],
  ['groups change', 'daily_limit_usd must be x, or null', '--daily-limit must be x, or none'],
  ['users change', 'concurrency must be x, or null', '--concurrency must be x'],
  ['keys rotate', 'overlap_s must be x', '--overlap must be x'],
  [
    'keys add',
    'spend_limits.dayly is not a known field: did you mean daily?',
    '--spend-limit dayly is not known: did you mean daily?'
  ],
  ['users set-password', 'password must be x', 'the password must be x'],
  ['codes redeem', 'code must be x', 'the code must be x'],
  ['proxies add', 'url must be x', 'the URL must be x'],
  ['accounts add', 'credentials.api_key must be x; headers.x-a is y', 'the API key must be x\n--header x-a is y'],
  ['accounts add', 'owner is missing: set shared: true', '--owner is missing: set --shared yes'],
  ['accounts change', 'accept is wrong: name it in allowed_models', '--accept is wrong: name it in --models'],
  ['prices override', 'usd_per_mtok.cache_read must be x', '--cache-read must be x'],
  ['usage by', 'from: must be a full hour', '--from: must be a full hour'],
  ['balance add', 'idempotency-key: already used', '--idempotency-key: already used'],
  ['prices update', 'it is older: set force: true to use it anyway', 'it is older: set --force to use it anyway'],
  ['groups add', 'there is a group pro already', 'there is a group pro already'],
  ['apply', 'users[0].keys[0].name must be x', 'users[0].keys[0].name must be x']
]

for (const [command, from, to] of MESSAGES) {
  test(`${command}: ${from}`, () => {
    assert.equal(inTermsOf(commandOf(...command.split(' ')), from), to)
  })
}
