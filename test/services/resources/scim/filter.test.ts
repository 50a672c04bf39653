import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFilter } from '../../../../services/resources/scim/filter.ts'

test('filters are read as providers write them', () => {
  assert.deepEqual(parseFilter('userName eq "Ann@Example.com"'), [{ attribute: 'username', value: 'Ann@Example.com' }])
  assert.deepEqual(parseFilter(' externalId  EQ  "a\\"b\\\\c" '), [{ attribute: 'externalid', value: 'a"b\\c' }])
  assert.deepEqual(parseFilter('active eq False'), [{ attribute: 'active', value: false }])
  assert.deepEqual(parseFilter('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"'), [
    { attribute: 'username', value: 'a' }
  ])
  assert.deepEqual(parseFilter('id eq "1" and members eq "and"'), [
    { attribute: 'id', value: '1' },
    { attribute: 'members', value: 'and' }
  ])
})

const REFUSED: [what: string, filter: string][] = [
  ['nothing', ''],
  ['an operator that is not understood', 'userName co "a"'],
  ['no value', 'userName eq'],
  ['no quotes', 'userName eq ann'],
  ['a text without an end', 'userName eq "ann'],
  ['something behind the value', 'userName eq "a"b'],
  ['an end too early', 'userName eq "a" and '],
  ['or', 'userName eq "a" or userName eq "b"'],
  ['brackets', '(userName eq "a")'],
  ['no JSON text', 'userName eq "\\x"'],
  ['too many parts', Array.from({ length: 11 }, () => 'a eq "b"').join(' and ')],
  ['too many characters', `userName eq "${'a'.repeat(1000)}"`],
  ['another language', `userName eq "a"; drop table users`]
]

for (const [what, filter] of REFUSED) {
  test(`a filter with ${what} is refused as one`, () => {
    assert.throws(() => parseFilter(filter), { status: 400, scimType: 'invalidFilter' })
  })
}
