import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { parse as parseYaml } from 'yaml'
import { planChanges } from '../../../../services/resources/set-up/apply-plan.ts'
import type { CurrentState } from '../../../../services/resources/set-up/apply-states.ts'
import { DeclarativeFileError, parseDeclarativeFile } from '../../../../services/resources/set-up/declarative-file.ts'
import { createDeclarativeFileReader } from '../../../../services/resources/set-up/read-declarative-file.ts'
import { readYamlSource } from '../../../../services/resources/set-up/yaml-source.ts'
import { fc } from '../../../support/fuzz.ts'

const NOTHING: CurrentState = {
  groups: [],
  proxies: [],
  accounts: [],
  users: [],
  keys: [],
  madeKeys: new Set(),
  subscriptions: [],
  workloadRules: [],
  teams: [],
  removedTeams: new Set(),
  raises: [],
  openings: new Map()
}

const group = (mapping: string) => `groups: [{name: default, kind: balance, model_mapping: {${mapping}}}]`
const entries = (count: number) => Array.from({ length: count }, (_, n) => `model-${n}: x`).join(', ')
const users = (count: number) =>
  `groups: [{name: default, kind: balance}]\nusers:\n${Array.from({ length: count }, (_, n) => `  - {email: u${n}@example.com, keys: [{name: a}]}`).join('\n')}`

/** What comes of the work, and how often others had their turn meanwhile. */
async function withTurns<T>(work: Promise<T>): Promise<{ result: T; turns: number }> {
  let turns = 0
  const over = new AbortController()
  const counting = (async () => {
    for (; !over.signal.aborted; turns++) await setImmediate()
  })()
  try {
    return { result: await work, turns }
  } finally {
    over.abort()
    await counting
  }
}

async function problemOf(text: string, read = createDeclarativeFileReader()): Promise<string> {
  const error = await read({ text, fileName: 'file' }).then(
    () => assert.fail('it was taken'),
    (failure: unknown) => failure
  )
  assert.ok(error instanceof DeclarativeFileError, String(error))
  return error.problems.join('\n')
}

test('a small file and a large one are read the same, and nobody waits for the large one', async () => {
  const read = createDeclarativeFileReader()
  const small = await read({ text: users(2), fileName: 'file' })
  assert.deepEqual(small, parseDeclarativeFile(users(2), { fileName: 'file', variables: null }))
  const { result, turns } = await withTurns(read({ text: users(400), fileName: 'file' }))
  assert.deepEqual(result, parseDeclarativeFile(users(400), { fileName: 'file', variables: null }))
  assert.ok(turns > 20, `${turns} turns`)
})

test('the problems of a large file are those of a small one; one that takes too long is given up', async () => {
  const wrong = users(400).replace('name: a', 'nam: a')
  assert.match(await problemOf(wrong), /^file:3:\d+ users\[0\]\.keys\[0\]\.name is missing/)
  assert.match(await problemOf(users(400), createDeclarativeFileReader({ maxMs: 1 })), /takes too long to read/)
})

test('a mapping has at most 1,000 entries', async () => {
  assert.equal(
    Object.keys((await createDeclarativeFileReader()({ text: group(entries(1000)), fileName: 'f' })).groups![0]!.model_mapping!)
      .length,
    1000
  )
  const { result, turns } = await withTurns(problemOf(group(entries(12_000))))
  assert.match(result, /model_mapping must be a mapping of at most 1000/)
  assert.ok(turns > 20, `${turns} turns`)
})

test('a file has at most 1,000 aliases', async () => {
  const listOf = (aliases: number) => `groups: [{name: &a m, kind: balance, allowed_models: [${'*a,'.repeat(aliases)}]}]`
  assert.equal(
    (await createDeclarativeFileReader()({ text: listOf(1000), fileName: 'f' })).groups![0]!.allowed_models!.length,
    1000
  )
  const { result, turns } = await withTurns(problemOf(listOf(6000)))
  assert.match(result, /more than 1000 aliases/)
  assert.ok(turns > 20, `${turns} turns`)
})

test('an alias stands for what its anchor named last before it, also within another alias', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ anchor: fc.constantFrom('a', 'b'), scalar: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ anchor: fc.constantFrom('a', 'b'), holds: fc.constantFrom('a', 'b') }),
      fc.record({ alias: fc.constantFrom('a', 'b') })
    ),
    { maxLength: 12 }
  )
  fc.assert(
    fc.property(steps, (given) => {
      const lines = given.map((step) => {
        if ('alias' in step) return `- *${step.alias}`
        return 'scalar' in step ? `- &${step.anchor} ${step.scalar}` : `- &${step.anchor} [*${step.holds}]`
      })
      const text = `- &a 10\n- &b 11\n${lines.filter((line) => !/&(.) \[\*\1\]/.test(line)).join('\n')}`
      const source = readYamlSource(text, { variables: null, isDecimal: () => false, keepsEmpty: () => true })
      assert.deepEqual(source.problems, [])
      assert.deepEqual(source.value, parseYaml(text, { maxAliasCount: -1 }))
    })
  )
})

test('a plan for thousands is made in slices', async () => {
  const desired = parseDeclarativeFile(users(1000), { fileName: 'file', variables: null })
  const hosts = { problemOf: () => null } as never
  const { result, turns } = await withTurns(planChanges(NOTHING, desired, { prune: false, now: 0, hosts }))
  assert.equal(result.steps.length, 2001)
  assert.ok(turns >= 8, `${turns} turns`)
})
