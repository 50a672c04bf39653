import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

test('a package that cannot be installed is named, so that somebody can', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-package-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  // As where there is no network.
  const program = join(folder, 'apt-get')
  await writeFile(program, '#!/bin/sh\nexit 100\n')
  await chmod(program, 0o755)
  const module = new URL('debian-package.ts', import.meta.url).href
  const script = `const { installPackage } = await import(${JSON.stringify(module)}); installPackage('no-such-server')`
  const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) }
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
  // Elsewhere it leaves it to its caller to say.
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await assert.rejects(run, /These tests need the package "no-such-server", and apt-get could not install it/)
  } else await run
})
