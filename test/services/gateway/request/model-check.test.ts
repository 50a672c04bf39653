import assert from 'node:assert/strict'
import { test } from 'node:test'
import { modelRefusal } from '../../../../services/gateway/request/model-check.ts'

type Client = Parameters<typeof modelRefusal>[0]

/** What a client with these lists is told of a model; null when it may use it. */
function told(model: string, ofKey: string[] | null, ofGroup: string[] | null): string | null {
  const client = {
    key: { name: 'laptop', allowedModels: ofKey, ownModels: null },
    user: { email: 'dev@example.com' },
    group: { name: 'pro', allowedModels: ofGroup }
  } as unknown as Client
  const refusal = modelRefusal(client, model)
  if (refusal === null) return null
  assert.deepEqual([refusal.status, refusal.type], [404, 'not_found_error'])
  assert.deepEqual(refusal.facts, { user: 'dev@example.com', key: 'laptop', group: 'pro' })
  return refusal.message
}

test('a refused model is named, with who refuses it and what may be used instead', () => {
  const many = Array.from({ length: 11 }, (_, n) => `m-${n}`)
  const byKey = 'model: a is not allowed for this API key (laptop), which may use'
  const byGroup = 'model: a is not allowed in the group pro of this API key, which may use'
  for (const [ofKey, ofGroup, expected] of [
    [null, null, null],
    [['a'], ['b', 'a'], null],
    [['b', 'c'], null, `${byKey} only b, c`],
    [['b', 'c'], ['a', 'c'], `${byKey} only c`],
    [null, ['b'], `${byGroup} only b`],
    [['a', 'b'], ['b', 'c'], `${byGroup} only b`],
    [['b'], ['b-20260101'], `${byKey} only b-20260101`],
    [['b'], ['c'], `${byKey} none: no model is allowed both by the key and by its group`],
    [many, null, `${byKey} only m-0, m-1, m-2, m-3, m-4, m-5, m-6, m-7 and 3 more`]
  ] as const) {
    assert.equal(told('a', ofKey === null ? null : [...ofKey], ofGroup === null ? null : [...ofGroup]), expected)
  }
})
