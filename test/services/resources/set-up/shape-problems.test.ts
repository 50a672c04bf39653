import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { shapeProblems } from '../../../../services/resources/set-up/shape-problems.ts'

const Person = Type.Object(
  {
    name: Type.String({ description: 'a name' }),
    age: Type.Optional(Type.Integer({ description: 'a whole number' })),
    places: Type.Optional(Type.Array(Type.Object({ city: Type.String() }, { additionalProperties: false })))
  },
  { additionalProperties: false }
)

const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`more${n}`, n]))

test('each problem is told with its place', () => {
  assert.deepEqual(shapeProblems(Person, { nam: 'x', age: 'old', places: [{ city: 'Rome' }, { town: 'Bern' }] }), [
    { path: ['name'], text: 'is missing' },
    { path: ['nam'], text: 'is not a known field: did you mean name?', isName: true },
    { path: ['age'], text: 'must be a whole number' },
    { path: ['places', 1, 'city'], text: 'is missing' },
    { path: ['places', 1, 'town'], text: 'is not a known field: the fields here are city', isName: true }
  ])
})

test('however many unknown fields there are, each is a problem', () => {
  for (const count of [1, 7, 8, 9, 500]) {
    assert.equal(shapeProblems(Person, { name: 'x', ...fields(count) }).length, count)
  }
  assert.equal(shapeProblems(Person, { ...fields(5_000), name: 'x' }).length, 1_000)
})

test('there are problems where the schema does not hold, and nowhere else', () => {
  const field = fc.constantFrom('name', 'age', 'places', 'city', 'more')
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.array(fc.dictionary(field, fc.string()), { maxLength: 3 })
  )
  const any = fc.oneof(fc.dictionary(fc.oneof(field, fc.string()), value, { maxKeys: 20 }), fc.jsonValue())
  fc.assert(fc.property(any, (input) => assert.equal(shapeProblems(Person, input).length === 0, Check(Person, input))))
})

test('what a schema leaves open is not followed deeper than JSON of clients may be', () => {
  const Open = Type.Object({ book: Type.Unknown() })
  const problemsAt = (depth: number) =>
    shapeProblems(Open, { book: JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown })
  assert.deepEqual(problemsAt(500), [])
  for (const depth of [600, 100_000]) assert.deepEqual(problemsAt(depth), [{ path: ['book'], text: 'is nested too deep' }])
})

test('texts that cannot be stored are problems wherever they are', () => {
  const Anything = Type.Object({ names: Type.Array(Type.String()), by: Type.Record(Type.String(), Type.String()) })
  const text = 'must be text without NUL characters or lone surrogates'
  assert.deepEqual(
    shapeProblems(Anything, { names: ['é😀', 'a\0', '\uD800', '😀'.slice(1)], by: { 'x\uDC00': 'y', z: '\0' } }),
    [
      { path: ['names', 1], text },
      { path: ['names', 2], text },
      { path: ['names', 3], text },
      { path: ['by'], text: `has a field whose name ${text}` },
      { path: ['by', 'z'], text }
    ]
  )
})
