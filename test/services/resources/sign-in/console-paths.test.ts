import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleBase, consolePathOf, signInPageOf } from '../../../../services/resources/sign-in/console-paths.ts'

const BASE = '/tools/sluice/console/'

test('the console is below the path of its public address', () => {
  assert.equal(consoleBase(null), '/console/')
  assert.equal(consoleBase('https://sluice.example.com'), '/console/')
  assert.equal(consoleBase('https://example.com/tools/sluice'), BASE)
})

test('a page of the console is a path to come back to, with its query and nothing behind a #', () => {
  for (const [given, path] of [
    [BASE, BASE],
    [`${BASE}usage?rows=%22model%22&zone=Europe/Berlin`, `${BASE}usage?rows=%22model%22&zone=Europe/Berlin`],
    [`${BASE}people/Zoë?q=a b`, `${BASE}people/Zo%C3%AB?q=a%20b`],
    [`${BASE}people/./7`, `${BASE}people/7`],
    [`${BASE}enter#a-code`, `${BASE}enter`],
    [`${BASE}//evil.example`, `${BASE}//evil.example`],
    [`${BASE}@evil.example`, `${BASE}@evil.example`]
  ] as const) {
    assert.equal(consolePathOf(BASE, given), path)
  }
})

test('nothing else is, whatever a browser would make of it', () => {
  for (const given of [
    '',
    '/',
    '/console/',
    '/tools/sluice/console',
    'https://evil.example/tools/sluice/console/',
    '//evil.example/tools/sluice/console/',
    '/\\evil.example',
    `\\${BASE}`,
    ` ${BASE}`,
    `\t${BASE}`,
    `javascript:alert(1)//${BASE}`,
    `${BASE}../../../me/v1`,
    `${BASE}%2e%2e/%2e%2E/x`,
    `${BASE}..\\..\\x`,
    `${BASE}.\t./x`,
    `${BASE}a\r\nset-cookie: a=b`,
    `${BASE}\u0000`,
    `${BASE}\u0085`,
    `${BASE}${'a'.repeat(2000)}`,
    `${BASE}${'ë'.repeat(900)}`
  ]) {
    assert.equal(consolePathOf(BASE, given), null, JSON.stringify(given.slice(0, 60)))
  }
})

test('the sign-in page gets the path as it names its own pages', () => {
  const page = { problem: 'no_role', returnTo: `${BASE}people/7?a=b` }
  assert.equal(signInPageOf(BASE, page), `${BASE}sign-in?problem=no_role&next=%2Fpeople%2F7%3Fa%3Db`)
  assert.equal(signInPageOf(BASE, { ...page, returnTo: null }), `${BASE}sign-in?problem=no_role`)
})
