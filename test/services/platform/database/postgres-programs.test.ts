import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findPostgresPrograms, packageFor } from '../../../../services/platform/database/postgres-programs.ts'

/** Hard links, which are no good between two file systems. */
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url))

/** The package as it is before its install script has run. */
function packageWithoutLinks(dir: string): string {
  const source = packageFor(`${process.platform}-${process.arch}`)
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const copy = join(dir, file.slice(source.length + 1))
    mkdirSync(dirname(copy), { recursive: true })
    linkSync(file, copy)
  }
  return dir
}

test('its programs find their libraries where the install script has not run, and the package cannot be written', (t) => {
  mkdirSync(CACHE, { recursive: true })
  const dir = mkdtempSync(join(CACHE, 'package-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const packageDir = packageWithoutLinks(join(dir, 'package'))
  const files = readdirSync(packageDir, { recursive: true })
  const programs = findPostgresPrograms(join(dir, 'links'), packageDir)
  for (const program of [programs.initdb, programs.postgres]) {
    assert.throws(() => execFileSync(program, ['--version'], { env: {}, stdio: 'ignore' }))
    assert.match(execFileSync(program, ['--version'], { env: programs.env, encoding: 'utf8' }), /PostgreSQL\) 18\./)
  }
  assert.deepEqual(readdirSync(packageDir, { recursive: true }), files)
  // A later start, of a program that has moved.
  assert.doesNotThrow(() => findPostgresPrograms(join(dir, 'links'), packageDir))
})

test('nothing is made where the links are there', () => {
  const links = join(CACHE, 'no-links')
  const { env } = findPostgresPrograms(links)
  assert.equal(existsSync(links), false)
  assert.deepEqual(Object.keys(env).sort(), ['LC_ALL', 'PATH', 'TZ'])
})

test('a system that no package is for is told to set DATABASE_URL', () => {
  assert.throws(() => packageFor('sunos-x64'), {
    name: 'EmbeddedDatabaseError',
    message: /for this system \(sunos-x64\), .*: set DATABASE_URL/
  })
})
