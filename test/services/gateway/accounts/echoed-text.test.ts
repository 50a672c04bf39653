import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayContain, repeatsBody, SHORTEST_ECHO } from '../../../../services/gateway/accounts/echoed-text.ts'
import { fc } from '../../../support/fuzz.ts'

const bodyOf = (prompt: string) => [Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: prompt }] }))]

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

test('a run of the request is found however it is escaped there', () => {
  const prompt = 'ein Gedicht über die Straße / am Meer'
  const ascii = JSON.stringify({ prompt }).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  for (const body of [ascii, ascii.replaceAll('/', '\\/'), JSON.stringify({ prompt }).replaceAll('/', '\\/')]) {
    assert.equal(repeatsBody(`cannot do: ${prompt}`, [Buffer.from(body)]), true, body)
    assert.equal(mayContain([Buffer.from(body)], 'über die Straße'), true)
    assert.equal(mayContain([Buffer.from(body)], 'über die Berge'), false)
  }
})

test('of a body too large to be searched it is not known, so it counts', () => {
  assert.equal(repeatsBody('short', [Buffer.alloc(5_000_000, 'x')]), true)
})

test('words are found across the borders of the pieces in which a body came', () => {
  const body = Buffer.from('{"a":"Your credit balance is too low"}')
  for (const size of [1, 2, 7, 20]) {
    const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, n) => body.subarray(n * size, (n + 1) * size))
    assert.equal(mayContain(pieces, 'credit balance'), true, String(size))
    assert.equal(mayContain(pieces, 'credit  balance'), false)
    assert.equal(repeatsBody('Your credit balance is too low', pieces), true)
  }
})
