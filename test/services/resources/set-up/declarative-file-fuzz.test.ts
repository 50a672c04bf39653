import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeclarativeFileError, parseDeclarativeFile } from '../../../../services/resources/set-up/declarative-file.ts'
import { fc, times } from '../../../support/fuzz.ts'

const RUNS = times(2000)
const SECRET = 'sk-ant-a-secret-of-the-file'

/** A file that is not valid is refused with an explanation; nothing else ever comes out of one. */
function parse(text: string) {
  try {
    return parseDeclarativeFile(text, { fileName: 'file', variables: null })
  } catch (error) {
    assert.ok(error instanceof DeclarativeFileError, String(error))
    assert.ok(error.problems.length > 0)
    return error
  }
}

const FIELDS = [
  'groups',
  'proxies',
  'accounts',
  'users',
  'name',
  'kind',
  'type',
  'credentials',
  'api_key',
  'base_url',
  'proxy'
].concat([
  'url',
  'email',
  'keys',
  'key',
  'subscriptions',
  'days',
  'balance_usd',
  'model_mapping',
  'issuer',
  'conditions',
  '__proto__',
  'constructor'
])

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom<unknown>('a', 'default', 'api-key', 'http://x', SECRET, '${HOME}', 1, -1, 1e300, null, true, ''),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('tree'), { maxKeys: 6 })
  )
}))

test('any text is a declarative file or is refused as none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parse(text)),
    RUNS
  )
})

test('so is any text of YAML’s own characters', () => {
  const unit = fc.constantFrom(...'[]{}:,-&*!|>\'"#%@`? \n\ta1.~<'.split(''), 'users', 'accounts', '${A}', '---', '...')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 120 }), (text) => void parse(text)),
    RUNS
  )
})

test('any shape of its fields is taken or refused', () => {
  const file = fc.dictionary(fc.constantFrom('groups', 'proxies', 'accounts', 'users', 'workload_rules'), tree, { maxKeys: 5 })
  fc.assert(
    fc.property(file, (fields) => void parse(JSON.stringify(fields))),
    RUNS
  )
})

test('no refusal repeats what stands where a secret belongs', () => {
  fc.assert(
    fc.property(tree, tree, tree, (credentials, key, url) => {
      const accounts = [
        { name: 'a', type: 'api-key', credentials },
        { name: 'b', type: 'oauth', credentials }
      ]
      const users = [{ email: 'a@example.com', keys: [{ name: 'k', key }] }]
      const refused = parse(JSON.stringify({ accounts, users, proxies: [{ name: 'p', url }] }))
      assert.ok(refused instanceof DeclarativeFileError)
      assert.ok(!refused.message.includes(SECRET))
    }),
    RUNS
  )
})
