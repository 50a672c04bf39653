import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { patchGroup, readGroup, type ScimGroupState } from '../../../../services/resources/scim/group-state.ts'
import { parsePatch } from '../../../../services/resources/scim/patch.ts'
import { patchUser, readUser, type ScimProfile } from '../../../../services/resources/scim/user-profile.ts'

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const ANN: ScimProfile = {
  userName: 'ann@example.com',
  externalId: '7',
  displayName: 'Ann',
  givenName: null,
  familyName: null
}

const patched = (...Operations: object[]) => patchUser(ANN, parsePatch({ schemas: [PATCH], Operations }))

await suite('a PATCH of a user', async () => {
  const ACTIVE: [how: string, operation: object, expected: boolean][] = [
    ['as Entra ID sends it', { op: 'Replace', path: 'active', value: 'False' }, false],
    ['as Okta sends it', { op: 'replace', value: { active: false } }, false],
    ['as the standard has it', { op: 'replace', path: 'active', value: true }, true],
    ['with a schema before it', { op: 'add', path: 'urn:ietf:params:scim:schemas:core:2.0:User:Active', value: 'TRUE' }, true],
    ['inside a schema', { op: 'add', value: { 'urn:ietf:params:scim:schemas:core:2.0:User': { active: true } } }, true]
  ]
  for (const [how, operation, expected] of ACTIVE) {
    test(`sets active ${how}`, () => assert.equal(patched(operation).active, expected))
  }

  test('says nothing of active where it does not name it', () => {
    const { profile, active } = patched({ op: 'replace', path: 'displayName', value: 'Anna' })
    assert.deepEqual([profile.displayName, active], ['Anna', null])
  })

  test('names several attributes in one value, and parts of names in each way', () => {
    const value = { 'name.givenName': 'Ann', externalId: '8', displayName: null, nickName: 'A' }
    const { profile } = patched({ op: 'Add', value }, { op: 'add', path: 'name', value: { familyName: 'Lee', formatted: 'x' } })
    assert.deepEqual(profile, { ...ANN, externalId: '8', displayName: null, givenName: 'Ann', familyName: 'Lee' })
    assert.deepEqual(patched({ op: 'remove', path: 'externalId' }).profile.externalId, null)
  })

  test('may name what is not kept, which changes nothing', () => {
    const { profile, active } = patched(
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'other@example.com' },
      { op: 'add', path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', value: 'Tools' },
      { op: 'add', value: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: '1' } } } },
      { op: 'remove', path: 'addresses[type eq "work"].locality' }
    )
    assert.deepEqual([profile, active], [ANN, null])
  })

  const REFUSED: [what: string, body: unknown, scimType: string][] = [
    ['no object', 'x', 'invalidSyntax'],
    ['no operations', { schemas: [PATCH] }, 'invalidSyntax'],
    ['another schema', { schemas: ['urn:x'], Operations: [{ op: 'add', path: 'active', value: true }] }, 'invalidSyntax'],
    ['an unknown op', { Operations: [{ op: 'move', path: 'active' }] }, 'invalidSyntax'],
    ['an operation that is no object', { Operations: [null] }, 'invalidSyntax'],
    ['a path that is none', { Operations: [{ op: 'add', path: 'a b c', value: 1 }] }, 'invalidPath'],
    ['a path that is no text', { Operations: [{ op: 'add', path: 7, value: 1 }] }, 'invalidPath'],
    ['a filter that is none', { Operations: [{ op: 'add', path: 'emails[type].value', value: 'a' }] }, 'invalidFilter'],
    ['nothing to remove', { Operations: [{ op: 'remove' }] }, 'noTarget'],
    ['a value without attributes', { Operations: [{ op: 'add', value: 'x' }] }, 'invalidValue'],
    ['a number for active', { Operations: [{ op: 'replace', path: 'active', value: 0 }] }, 'invalidValue'],
    ['nothing for active', { Operations: [{ op: 'remove', path: 'active' }] }, 'invalidValue'],
    ['an object for a name', { Operations: [{ op: 'replace', path: 'displayName', value: {} }] }, 'invalidValue'],
    ['control characters', { Operations: [{ op: 'replace', path: 'externalId', value: 'a\0b' }] }, 'invalidValue'],
    ['a text without end', { Operations: [{ op: 'replace', path: 'userName', value: 'a'.repeat(257) }] }, 'invalidValue'],
    ['no userName', { Operations: [{ op: 'remove', path: 'userName' }] }, 'invalidValue'],
    ['too many operations', { Operations: Array.from({ length: 1001 }, () => ({ op: 'add' })) }, 'tooMany']
  ]
  for (const [what, body, scimType] of REFUSED) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => patchUser(ANN, parsePatch(body)), { status: 400, scimType })
    })
  }
})

await suite('a whole user', async () => {
  test('is known by its userName, or else by its e-mail address', () => {
    assert.equal(readUser({ userName: 'ann@example.com', emails: [{ value: 'other@example.com' }] }).email, 'ann@example.com')
    const emails = [{ value: 'a@example.com' }, { value: 'b@example.com', primary: true }]
    const { profile, email } = readUser({ UserName: 'ann', emails, active: 'true', name: { GivenName: 'Ann' } })
    assert.deepEqual([profile.userName, email, profile.givenName], ['ann', 'b@example.com', 'Ann'])
    assert.equal(readUser({ userName: 'ann' }).email, null)
  })

  for (const body of [null, [], {}, { userName: 7 }, { userName: 'a@b', name: 'x' }, { userName: 'a', emails: 'x' }]) {
    test(`is refused as ${JSON.stringify(body)}`, () => assert.throws(() => readUser(body), { status: 400 }))
  }
})

await suite('a PATCH of a group', async () => {
  const GROUP: ScimGroupState = { displayName: 'tools', externalId: null, members: new Set(['1', '2']) }
  const membersAfter = (...Operations: object[]) => [...patchGroup(GROUP, parsePatch({ Operations })).members].toSorted()

  const CASES: [what: string, operation: object, expected: string[]][] = [
    ['adds members, once each', { op: 'Add', path: 'members', value: [{ value: '2' }, { value: '3' }] }, ['1', '2', '3']],
    ['adds one that is no list', { op: 'add', path: 'members', value: { value: '3' } }, ['1', '2', '3']],
    ['adds without a path', { op: 'add', value: { members: [{ value: '3' }] } }, ['1', '2', '3']],
    ['removes by a filter', { op: 'remove', path: 'members[value eq "1"]' }, ['2']],
    ['removes as Entra ID does', { op: 'Remove', path: 'members', value: [{ value: '1' }, { value: '9' }] }, ['2']],
    ['removes all', { op: 'remove', path: 'members' }, []],
    ['removes none of an empty list', { op: 'remove', path: 'members', value: [] }, ['1', '2']],
    ['replaces them', { op: 'replace', path: 'members', value: [{ value: '5' }] }, ['5']],
    ['leaves them alone', { op: 'replace', value: { id: '7', displayName: 'x' } }, ['1', '2']]
  ]
  for (const [what, operation, expected] of CASES) {
    test(what, () => assert.deepEqual(membersAfter(operation), expected))
  }

  for (const value of [[{ value: 7 }], [{}], ['x'], [{ value: '1', type: 'Group' }], 7]) {
    test(`is refused with ${JSON.stringify(value)} for members`, () => {
      assert.throws(() => membersAfter({ op: 'add', path: 'members', value }), { status: 400, scimType: 'invalidValue' })
    })
  }

  test('names members by their ids alone', () => {
    assert.throws(() => membersAfter({ op: 'remove', path: 'members[display eq "Ann"]' }), { scimType: 'invalidPath' })
    assert.throws(() => readGroup({ members: [] }), { scimType: 'invalidValue' })
  })
})
