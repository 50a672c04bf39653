import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFINITIONS } from '../../services/resources/definitions.ts'
import { createSchema } from '../../services/resources/definition.ts'
import { shapeProblems } from '../../services/resources/set-up/shape-problems.ts'
import { givenFields } from '../../cli/resource-commands.ts'
import { flagOf, newBodyOf } from '../../cli/resource-options.ts'

for (const definition of Object.values(DEFINITIONS)) {
  test(`${definition.one} may be created with the words for none that its options have`, () => {
    const { created } = givenFields(definition)
    const none = Object.entries(created).flatMap(([name, field]) => {
      const key = flagOf(name, field).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
      if (field.parts !== undefined)
        return [[key, Object.entries(field.parts).map(([part, { none: word }]) => `${part}=${word}`)]]
      return field.none === undefined || field.option === false ? [] : [[key, field.none]]
    })
    const body = newBodyOf(created, Object.fromEntries(none) as Record<string, unknown>)
    const problems = shapeProblems(createSchema(definition), body).filter(({ text }) => text !== 'is missing')
    assert.deepEqual(problems, [])
  })
}
