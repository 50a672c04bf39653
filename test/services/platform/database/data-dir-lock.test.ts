import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { DataDirInUseError, lockDataDir } from '../../../../services/platform/database/data-dir-lock.ts'

function newDir(t: TestContext) {
  const parent = mkdtempSync(join(tmpdir(), 'sluice-test-lock-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'data')
}

async function startHolder(t: TestContext, dir: string) {
  const holder = fork(new URL('../../../support/data-dir-holder.ts', import.meta.url), [dir], { execArgv: ['--expose-gc'] })
  t.after(() => holder.kill('SIGKILL'))
  await once(holder, 'message')
  return holder
}

test('a folder that another process uses is refused, naming that process', async (t) => {
  const dir = newDir(t)
  const holder = await startHolder(t, dir)
  assert.throws(
    () => lockDataDir(dir),
    (error) =>
      error instanceof DataDirInUseError && error.message.includes(dir) && error.message.includes(`process ${holder.pid}`)
  )
})

test('a folder is free again once its process was killed', async (t) => {
  const dir = newDir(t)
  const holder = await startHolder(t, dir)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockDataDir(dir).release()
})

test('a folder is taken once within a process, until it is released', (t) => {
  const dir = newDir(t)
  const lock = lockDataDir(dir)
  assert.throws(() => lockDataDir(dir), DataDirInUseError)
  lock.release()
  lockDataDir(dir).release()
})

test('a new folder is readable by its owner only', (t) => {
  const dir = newDir(t)
  lockDataDir(dir).release()
  assert.equal(statSync(dir).mode & 0o777, 0o700)
})
