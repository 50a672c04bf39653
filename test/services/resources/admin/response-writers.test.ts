import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Type } from 'typebox'
import { compileResponseWriter } from '../../../../services/resources/admin/response-writers.ts'

await suite('a response with a schema', async () => {
  const pageOfNames = () => Type.Object({ data: Type.Array(Type.Object({ name: Type.String() })) })
  const page = { data: [{ name: 'laptop', hash: 'secret' }], more: 1 }

  test('leaves out what the schema does not name', () => {
    for (const schema of [pageOfNames(), pageOfNames()]) {
      const write = compileResponseWriter({ schema })
      for (const time of ['first', 'later']) assert.equal(write(page), '{"data":[{"name":"laptop"}]}', time)
    }
    assert.equal(compileResponseWriter({ schema: Type.Object({ more: Type.Integer() }) })(page), '{"more":1}')
  })

  test('has its writer compiled when the first is given', () => {
    const write = compileResponseWriter({ schema: { type: 'object', properties: { name: { type: 'no such type' } } } })
    assert.throws(() => write({ name: 'laptop' }), /schema is invalid/)
  })
})
