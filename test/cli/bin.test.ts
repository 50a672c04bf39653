import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { filePath } from '../../cli/option-values.ts'
import { COMPILE_CACHE } from '../support/compile-cache.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string
  bin: { sluice: string }
  scripts: object
}
/** What npm runs of a folder that `npx` takes a command from: it refuses the command, or builds the folder first. */
const INSTALLING = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']
const BIN = join(ROOT, manifest.bin.sluice)
const folder = mkdtempSync(join(tmpdir(), 'sluice-test-bin-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Has a Node take itself for another version, as far as the script can see. */
const CALLED_20 = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`
const asOld = ['--import', CALLED_20]

interface Run {
  env?: Record<string, string>
  node?: string[]
  script?: string
}

function run(args: string[], { env = {}, node = [], script = BIN }: Run = {}) {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; out: string; err: string }>()
  const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE, ...env } }
  execFile(process.execPath, [...node, script, ...args], options, (error, out, err) => {
    resolve({ code: error?.code ?? 0, out, err })
  })
  return promise
}

test('the command can be linked into any folder, and tells its version', async () => {
  assert.match(readFileSync(BIN, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const link = join(folder, 'sluice')
  symlinkSync(BIN, link)
  const expected = { code: 0, out: `${manifest.version}\n`, err: '' }
  assert.deepEqual(await run(['--version'], { script: link }), expected)
  assert.deepEqual(await run(['--version'], { script: link, node: asOld }), expected)
})

test('npx runs it from a checkout without installing anything', () => {
  assert.deepEqual(
    INSTALLING.filter((script) => script in manifest.scripts),
    []
  )
})

test('under an old Node it is the same command: its output, its exit code, files from where one stands', async () => {
  writeFileSync(join(folder, 'broken.yaml'), 'groups: [')
  for (const node of [[], asOld]) {
    const { code, err } = await run(['diff', '-f', 'broken.yaml'], { node })
    assert.equal(code, 2)
    assert.match(err, /^broken\.yaml:1:/)
  }
})

test('what ends the launcher ends the command', async (t) => {
  const asked = createServer().listen(0, '127.0.0.1')
  t.after(() => asked.close())
  await once(asked, 'listening')
  const { port } = asked.address() as AddressInfo
  const env = { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE, SLUICE_ADMIN_TOKEN: 'a-token-of-the-test' }
  const command = ['users', 'list', '--url', `http://127.0.0.1:${port}`]
  const child = spawn(process.execPath, [...asOld, BIN, ...command], { cwd: folder, env, stdio: 'ignore' })
  const ended = once(child, 'close')
  // It waits for a response that does not come.
  const [connection] = (await once(asked, 'connection')) as [Socket]
  const left = once(connection.resume(), 'close')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [128 + constants.signals.SIGTERM, null])
  await left
})

test('under an old Node, with none of its own, it says what to do', async () => {
  mkdirSync(join(folder, 'bin'))
  const script = join(folder, 'bin', 'sluice.mjs')
  copyFileSync(BIN, script)
  const { code, err } = await run(['users', 'list'], { script, node: asOld })
  assert.equal(code, 3)
  assert.match(err, /^sluice: .*Sluice needs 24.*npm ci/)
})

test('a file is looked for where one stands, also by npm run', (t) => {
  const env = { ...process.env }
  t.after(() => void (process.env = env))
  delete process.env['INIT_CWD']
  assert.equal(filePath('team.yaml'), 'team.yaml')
  process.env['INIT_CWD'] = join(process.cwd(), 'docs')
  process.env['npm_lifecycle_event'] = 'test:integration'
  assert.equal(filePath('team.yaml'), 'team.yaml')
  process.env['npm_lifecycle_event'] = 'sluice'
  assert.equal(filePath('team.yaml'), join('docs', 'team.yaml'))
  assert.equal(filePath('-'), '-')
})
