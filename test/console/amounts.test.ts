import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUsd } from '../../console/parts/amounts.ts'
import { sameValue } from '../../console/parts/field.ts'
import { optionWords } from '../../console/parts/option-words.ts'

test('amounts are added exactly, whatever their length and sign', () => {
  assert.equal(addUsd('0.1', '0.2'), '0.3')
  assert.equal(addUsd('0', '-0.000000001'), '-0.000000001')
  assert.equal(addUsd('-0.5', '0.5'), '0.0')
  assert.equal(addUsd('99999999999999999', '0.01'), '99999999999999999.01')
  assert.equal(addUsd('-12', '2'), '-10')
})

test('a mapping is the same in another order; a list is not', () => {
  assert.ok(sameValue({ a: '1', b: '2' }, { b: '2', a: '1' }))
  assert.ok(!sameValue(['a', 'b'], ['b', 'a']))
  assert.ok(!sameValue(null, undefined))
})

test('what a form says becomes options of the command, and secrets don’t', () => {
  const given = {
    groups: ['a', 'b'],
    models: ['x', 'y'],
    map: { q: 'r' },
    shared: false,
    api_key: 'secret',
    headers: { tenant: 'secret' },
    note: null
  }
  assert.deepEqual(
    optionWords(given, [
      { name: 'groups', label: '', kind: 'some', option: '--group', isRepeated: true },
      { name: 'models', label: '', kind: 'names' },
      { name: 'map', label: '', kind: 'mapping' },
      { name: 'shared', label: '', kind: 'flag' },
      { name: 'api_key', label: '', kind: 'secret', option: '--new-key' },
      { name: 'headers', label: '', kind: 'secrets', option: '--header' },
      { name: 'note', label: '', kind: 'prose', none: 'none' }
    ]),
    [
      '--group',
      'a',
      '--group',
      'b',
      '--models',
      'x,y',
      '--map',
      'q=r',
      '--shared',
      'no',
      '--new-key',
      '--header',
      'tenant',
      '--note',
      'none'
    ]
  )
})
