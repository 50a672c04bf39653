import assert from 'node:assert/strict'
import { it } from 'node:test'
import { turned } from '../pages/usage/shape.ts'
import { changed } from '../pages/usage/search.ts'

it('exchanges rows and columns where one is chosen what the other has', () => {
  const before = { rows: 'user', columns: 'day' } as const
  assert.deepEqual(turned(before, { rows: 'model' }), { rows: 'model', columns: 'day' })
  assert.deepEqual(turned(before, { rows: 'day' }), { rows: 'day', columns: 'user' })
  assert.deepEqual(turned(before, { columns: 'user' }), { rows: 'day', columns: 'user' })
  assert.deepEqual(turned(before, { columns: 'none' }), { rows: 'user', columns: 'none' })
  assert.deepEqual(turned({ rows: 'user', columns: 'none' }, { columns: 'user' }), { rows: 'user', columns: 'none' })
})

it('leaves a filter of no names out of the address', () => {
  const before = { user: ['a'], live: true as const }
  assert.deepEqual(changed(before, { user: [] }, 'live'), {})
  assert.deepEqual(changed(before, { user: ['b'] }), { user: ['b'], live: true })
})
