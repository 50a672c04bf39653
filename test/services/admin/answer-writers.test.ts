import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Type } from 'typebox'
import { compileAnswerWriter } from '../../../services/admin/answer-writers.ts'

await suite('an answer with a schema', async () => {
  test('leaves out what the schema does not name', () => {
    const write = compileAnswerWriter({ schema: Type.Object({ data: Type.Array(Type.Object({ name: Type.String() })) }) })
    assert.equal(write({ data: [{ name: 'laptop', hash: 'secret' }], more: 1 }), '{"data":[{"name":"laptop"}]}')
  })

  test('has its writer compiled when the first is given', () => {
    const schema = {
      get type() {
        reads++
        return 'object'
      }
    }
    let reads = 0
    const write = compileAnswerWriter({ schema })
    assert.equal(reads, 0)
    write({})
    const readsOfFirst = reads
    assert.ok(readsOfFirst > 0)
    compileAnswerWriter({ schema })({})
    assert.equal(reads, readsOfFirst)
  })
})
