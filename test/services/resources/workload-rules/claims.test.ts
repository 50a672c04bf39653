import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimTexts, fits } from '../../../../services/resources/workload-rules/claims.ts'
import { fc } from '../../../support/fuzz.ts'

test('a pattern is the text itself, or has stars for any text', () => {
  for (const [pattern, text, expected] of [
    ['acme/app', 'acme/app', true],
    ['acme/app', 'acme/app2', false],
    ['acme/app', 'Acme/App', false],
    ['acme/*', 'acme/app', true],
    ['acme/*', 'acme/', true],
    ['acme/*', 'acme', false],
    ['acme/*', 'acme-evil/app', false],
    ['*/main', 'refs/heads/main', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['ab*ba', 'aba', false],
    ['a*a*a', 'aa', false],
    ['*', '', true],
    ['', '', true],
    ['', 'x', false],
    ['a.c', 'abc', false],
    ['refs/(heads)', 'refs/(heads)', true]
  ] as const)
    assert.equal(fits(pattern, text), expected, `${pattern} ${text}`)
})

test('a pattern fits just what the expression fits that it stands for', () => {
  const piece = fc.stringMatching(/^[ab*.]{0,8}$/)
  fc.assert(
    fc.property(piece, fc.stringMatching(/^[ab.]{0,10}$/), (pattern, text) => {
      const escaped = pattern.replaceAll('.', '\\.').replace(/\*+/g, '[^]*')
      assert.equal(fits(pattern, text), new RegExp(`^${escaped}$`).test(text))
    })
  )
})

test('a pattern of many stars takes no time', () => {
  assert.equal(fits(`${'a*'.repeat(200)}b`, 'a'.repeat(16_000)), false)
})

test('claims are found by dots, with dots in their names, and in lists', () => {
  const claims = {
    sub: 'me',
    run: 7,
    trusted: true,
    nothing: null,
    groups: ['a', 'b', 3, null, { c: 1 }],
    'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'builder' } },
    'a.b': { c: 'longer' },
    a: { b: { c: 'shorter' }, d: 'deep' }
  }
  for (const [path, texts] of [
    ['sub', ['me']],
    ['run', ['7']],
    ['trusted', ['true']],
    ['nothing', []],
    ['missing', []],
    ['groups', ['a', 'b', '3']],
    ['kubernetes.io.namespace', ['ci']],
    ['kubernetes.io.serviceaccount.name', ['builder']],
    ['kubernetes.io', []],
    ['a.b.c', ['longer']],
    ['a.d', ['deep']],
    ['sub.length', []],
    ['groups.0', []],
    ['constructor.name', []],
    ['__proto__', []],
    ['.', []]
  ] as const)
    assert.deepEqual(claimTexts(claims, path), texts, path)
})
