import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEarlyRefusals } from '../../../../services/gateway/traces/early-refusals.ts'

const refusal = (id: string, address: string, facts: Record<string, string> = {}) => ({
  id,
  at: 0,
  status: 401,
  type: 'authentication_error',
  message: 'no',
  address,
  path: null,
  facts
})

test('whoever is refused without end pushes out only what they were refused before', () => {
  const refusals = createEarlyRefusals()
  refusals.note(refusal('mine', '192.0.2.1', { user: 'dev@example.com', key: 'laptop' }))
  refusals.note(refusal('other', '192.0.2.2'))
  for (let n = 0; n < 10_000; n++) refusals.note(refusal(`flood-${n}`, '192.0.2.1', { keys: `sk-${n}` }))
  assert.deepEqual(
    ['mine', 'other', 'flood-0', 'flood-9989', 'flood-9990', 'flood-9999'].map((id) => refusals.find(id)?.id ?? null),
    ['mine', 'other', null, null, 'flood-9990', 'flood-9999']
  )
})

test('from however many addresses they come, only so many are kept, and no long message', () => {
  const refusals = createEarlyRefusals()
  for (let n = 0; n < 1000; n++) refusals.note({ ...refusal(`r${n}`, `address ${n}`), message: 'm'.repeat(100_000) })
  const kept = Array.from({ length: 1000 }, (_, n) => refusals.find(`r${n}`)).filter((found) => found !== null)
  assert.equal(kept.length, 500)
  assert.ok(kept.every(({ message }) => message.length < 1000))
})
