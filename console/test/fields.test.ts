import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bodyOf, valueIn, type FormField } from '../parts/field.ts'
import { optionWords } from '../parts/option-words.ts'
import { orderBy } from '../parts/order.ts'

describe('a field that is a part of an object', () => {
  const fields: readonly FormField[] = ['daily', 'total'].map((part) => ({
    name: `spend_limits.${part}`,
    label: part,
    kind: 'usd',
    option: '--spend-limit'
  }))

  it('is read from a row', () => {
    assert.equal(valueIn({ spend_limits: { daily: '5' } }, 'spend_limits.daily'), '5')
    assert.equal(valueIn({ name: 'laptop' }, 'name'), 'laptop')
  })

  it('is sent in the object, and others with it', () => {
    const draft = { name: ' laptop ', 'spend_limits.daily': '5', 'spend_limits.total': null, allowed_ips: null }
    assert.deepEqual(bodyOf(draft), { name: 'laptop', spend_limits: { daily: '5', total: null }, allowed_ips: null })
    assert.deepEqual(bodyOf({}), {})
  })

  it('is said in a command by its name', () => {
    const words = optionWords({ 'spend_limits.daily': '5', 'spend_limits.total': null }, fields)
    assert.deepEqual(words, ['--spend-limit', 'daily=5', '--spend-limit', 'total=none'])
  })
})

describe('a column that the API sorts by', () => {
  const asked = (sort: string | undefined, first: string) => {
    let wanted: string | undefined = 'nothing'
    const { direction, toggle } = orderBy({ sort, onSort: (order) => (wanted = order) }, first)
    toggle?.()
    return [direction, wanted]
  }

  it('goes one way, then the other, then out of the way', () => {
    assert.deepEqual(asked(undefined, '-balance_usd'), [false, '-balance_usd'])
    assert.deepEqual(asked('-balance_usd', '-balance_usd'), ['desc', 'balance_usd'])
    assert.deepEqual(asked('balance_usd', '-balance_usd'), ['asc', undefined])
    assert.deepEqual(asked('email', '-balance_usd'), [false, '-balance_usd'])
    assert.deepEqual(asked('email', 'email'), ['asc', '-email'])
  })
})
