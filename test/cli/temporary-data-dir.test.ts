import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeTemporaryDataDir } from '../../cli/temporary-data-dir.ts'
import { until } from '../support/until.ts'

const MODULE = new URL('../../cli/temporary-data-dir.ts', import.meta.url).href

test('a temporary data folder', async (t) => {
  // As a TMPDIR may be: named from where one stands.
  const cache = join('node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const parent = await mkdtemp(join(cache, 'sluice-test-'))
  t.after(() => rm(parent, { recursive: true, force: true }))

  await t.test('goes when it is removed, with all that is in it', async () => {
    const { path, remove } = await makeTemporaryDataDir('command', parent)
    await writeFile(join(path, 'file'), '')
    await remove()
    assert.deepEqual(await readdir(parent), [])
  })

  await t.test('goes when its process is killed', async () => {
    const script = `import { makeTemporaryDataDir } from ${JSON.stringify(MODULE)}
      const { path } = await makeTemporaryDataDir('demo', ${JSON.stringify(parent)})
      console.log(path)
      setInterval(() => {}, 1000)`
    const victim = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [path] = (await once(victim.stdout.setEncoding('utf8'), 'data')) as [string]
    assert.ok(existsSync(path.trim()))
    victim.kill('SIGKILL')
    await until('the folder is gone', () => !existsSync(path.trim()))
  })
})
