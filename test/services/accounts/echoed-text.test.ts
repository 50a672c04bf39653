import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { repeatsBody, SHORTEST_ECHO } from '../../../services/accounts/echoed-text.ts'

const bodyOf = (prompt: string) => Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: prompt }] }))

test('wording of its own repeats nothing', () => {
  assert.equal(repeatsBody('Your credit balance is too low to access the API', bodyOf('Write me a poem about the sea')), false)
  assert.equal(repeatsBody('', bodyOf('anything')), false)
})

test('a run of the request is found wherever it lies in the wording', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: SHORTEST_ECHO, maxLength: 60 }),
      fc.string({ maxLength: 50 }),
      fc.string({ maxLength: 50 }),
      fc.string({ maxLength: 30 }),
      (shared, before, after, prompt) => {
        assert.equal(repeatsBody(before + shared + after, bodyOf(`${prompt}${shared}${prompt}`)), true)
      }
    )
  )
})

test('of a body too large to be searched it is not known, so it counts', () => {
  assert.equal(repeatsBody('short', Buffer.alloc(5_000_000, 'x')), true)
})
