import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { settingReferences } from '../../../services/resources/set-up/settings.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const PAGE = read('docs/security.md')

test('the security page names tests and settings that there are', () => {
  const tests = [...PAGE.matchAll(/`(test\/\S+\.test\.ts)`/g)].map(([, path]) => path!)
  assert.ok(tests.length > 8)
  for (const path of tests) assert.ok(existsSync(new URL(`../../../${path}`, import.meta.url)), path)
  const known = new Set(settingReferences.map(({ name }) => name))
  for (const [, name] of PAGE.matchAll(/`([A-Z]+_[A-Z_]+)(?:=\w+)?`/g)) assert.ok(known.has(name!), name)
})

test('each advisory of the security page is in the name of a test, and the other way round', () => {
  const advisory = /CVE-\d+-\d+|GHSA(?:-\w{4}){3}|[\w-]+#\d+/g
  const names = [...read('test/e2e/advisories.test.ts').matchAll(/^ {2}test\((?:\n\s+)?'(.*)'/gm)].map(([, name]) => name!)
  const tried = names.flatMap((name) => name.match(advisory) ?? [])
  const listed = PAGE.split('## What happened to other gateways')[1]!.match(advisory) ?? []
  assert.deepEqual(listed.toSorted(), tried.toSorted())
})
