import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Queryable } from '../../../../services/platform/database/queryable.ts'
import { createUserNames } from '../../../../services/resources/users/user-names.ts'

const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, n) => String(first + n))
const emailOf = (id: string) => `user-${id}@example.com`

/** A database that knows all users but those whose ids begin with a nine, and what it was asked for. */
function setUp() {
  const asked: string[][] = []
  const query = async (_text: string, values: unknown[] = []) => {
    const ids = values[0] as string[]
    asked.push(ids)
    return { rows: ids.filter((id) => !id.startsWith('9')).map((id) => ({ id, email: emailOf(id) })) }
  }
  return { asked, names: createUserNames({ query } as unknown as Queryable) }
}

test('each user is looked up once, and who is unknown goes by their id', async () => {
  const { asked, names } = setUp()
  const first = await names.load(['1', '2', '1', '9'])
  assert.deepEqual(['1', '2', '9'].map(first), [emailOf('1'), emailOf('2'), '9'])
  await names.load(['2', '3'])
  await names.load(['1', '2', '3'])
  assert.deepEqual(asked, [['1', '2', '9'], ['3']])
})

test('all who are asked for together are named, also where they are more than there was room for', async () => {
  const { asked, names } = setUp()
  await names.load(idsFrom(1_000_000, 9999))
  const wanted = ['1000000', ...idsFrom(2_000_000, 10)]
  const nameOf = await names.load(wanted)
  assert.deepEqual(wanted.map(nameOf), wanted.map(emailOf))
  await names.load(idsFrom(1_000_001, 1))
  assert.deepEqual(asked.slice(1), [wanted, ['1000001']])
})
