import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Check } from 'typebox/value'
import {
  changeSchema,
  createSchema,
  differencesOf,
  entrySchema,
  rowSchema,
  textsOf,
  wantedValues,
  type Definition
} from '../../../services/resources/definition.ts'
import {
  choice,
  instant,
  integer,
  list,
  mapping,
  named,
  NAMES,
  note,
  object,
  sealed,
  usd
} from '../../../services/resources/field.ts'
import { shapeProblems } from '../../../services/resources/set-up/shape-problems.ts'

const example = {
  kind: 'thing',
  one: 'a thing',
  plural: 'things',
  table: 'things',
  topic: 'directory',
  known: 'name',
  fields: {
    name: named({ meaning: 'what it is called', required: true, change: 'owner', create: 'owner' }),
    status: choice(['active', 'disabled'], { meaning: 'whether it is used', default: 'active', kept: true }),
    slots: integer({ minimum: 0, description: 'an integer ≥ 0' }, { meaning: 'at once', default: 5 }),
    limit: usd({ meaning: 'at most', none: 'none' }),
    expires_at: instant({ meaning: 'when it ends', none: 'never' }),
    models: list(NAMES, { meaning: 'what may be asked for', none: 'all' }),
    map: mapping({ meaning: 'other names', default: {} }),
    limits: object({ daily: usd({ meaning: 'a day' }), total: usd({ meaning: 'in all' }) }, { meaning: 'at most' }),
    secret: sealed(
      { description: 'a text' },
      { meaning: 'hidden', seal: (name) => `thing:${name}`, same: (text) => text.trim() }
    ),
    note: note()
  }
} as const satisfies Definition

const { fields } = example
const MINIMAL = { name: 'a', secret: 's' }

test('what a request and a file may give follows from who may give it', () => {
  const all = { ...MINIMAL, status: 'active', slots: 0, limit: '1.5', limits: { daily: '1' }, models: [], map: { a: 'b' } }
  for (const schema of [entrySchema(example), createSchema(example)]) {
    assert.ok(Check(schema, all))
    assert.ok(!Check(schema, { slots: 1 }), 'no name')
    assert.ok(!Check(schema, { ...all, colour: 'red' }))
  }
  assert.ok(Check(createSchema(example, 'owner'), { name: 'a' }))
  assert.ok(!Check(createSchema(example, 'owner'), { name: 'a', note: 'mine' }))
  assert.ok(Check(changeSchema(example), { slots: null, limit: null, models: null, limits: { daily: null } }))
  for (const refused of [{ name: null }, { status: null }, { secret: null }, { limit: 1 }]) {
    assert.ok(!Check(changeSchema(example), refused), JSON.stringify(refused))
  }
  const texts = shapeProblems(changeSchema(example), { expires_at: 'soon', slot: 1 }).map(
    ({ path, text }) => `${path.join('.')} ${text}`
  )
  assert.deepEqual(
    new Set(texts),
    new Set([
      'slot is not a known field: did you mean slots?',
      'expires_at must be a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31, today, tomorrow or a span such as 90m or 30d, or null'
    ])
  )
})

test('a row is answered with as its viewer may see it', () => {
  const properties = (who: 'operators' | 'owner') => Object.keys(rowSchema(example, who)['properties'] as object)
  const seen = ['id', 'name', 'status', 'slots', 'limit', 'expires_at', 'models', 'map', 'limits']
  assert.deepEqual(properties('owner'), [...seen, 'version'])
  assert.deepEqual(properties('operators'), [...seen, 'note', 'version'])
  const row = { id: '1', ...wantedValues(example, MINIMAL, undefined), version: 1 }
  assert.ok(Check(rowSchema(example), row), 'as it is created')
})

test('what is left out has its default, and what is also set while Sluice runs stays', () => {
  const made = wantedValues(example, { ...MINIMAL, limit: '1.50', expires_at: '2030-01-01T01:00:00+01:00' }, undefined)
  assert.deepEqual(
    [made['status'], made['slots'], made['limit'], made['expires_at'], made['limits']],
    ['active', 5, '1.5', '2030-01-01T00:00:00.000Z', { daily: null, total: null }]
  )
  const again = wantedValues(example, MINIMAL, { ...made, status: 'disabled', slots: 9 })
  assert.deepEqual([again['status'], again['slots'], again['limit']], ['disabled', 5, null])
})

test('differences are told in words, of secrets only that they are some', () => {
  const from = wantedValues(example, { ...MINIMAL, limits: { daily: '5' } }, undefined)
  const to = wantedValues(example, { name: 'a', secret: 'other', models: ['b', 'a'], map: { x: 'y' } }, undefined)
  assert.deepEqual(differencesOf(fields, from, to), [
    { field: 'models', from: 'all', to: 'a, b' },
    { field: 'map', from: 'none', to: 'x → y' },
    { field: 'limits.daily', from: '5', to: 'none' },
    { field: 'secret', from: '(secret)', to: '(changed)' }
  ])
  assert.deepEqual(differencesOf(fields, from, { ...from, secret: ' s ' }), [])
  assert.equal(differencesOf(fields, { ...from, secret: null }, from).length, 1, 'what cannot be opened')
  assert.ok(!JSON.stringify(textsOf(fields, to)).includes('other'))
})
