import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { makeTemporaryDataDir } from '../../cli/temporary-data-dir.ts'
import { lockDataDir } from '../../services/platform/database/data-dir-lock.ts'

test('what a killed command has left goes with the next one, and nothing else', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(parent, { recursive: true, force: true }))
  const lastHour = new Date(Date.now() - 3_600_000)
  const make = async (name: string, isHeld: boolean) => {
    const dir = join(parent, name)
    await mkdir(dir)
    if (isHeld) t.after(lockDataDir(dir).release)
    await utimes(dir, lastHour, lastHour)
  }
  await make('sluice-command-left', false)
  await make('sluice-command-held', true)
  await make('sluice-demo-left', false)
  await mkdir(join(parent, 'sluice-command-new'))
  const made = await makeTemporaryDataDir('command', parent)
  const expected = ['sluice-command-held', 'sluice-command-new', 'sluice-demo-left', basename(made)]
  assert.deepEqual((await readdir(parent)).sort(), expected.sort())
})
