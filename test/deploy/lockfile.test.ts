import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Package {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

interface Lockfile {
  lockfileVersion: number
  packages: Record<string, Package>
}

interface Manifest extends Required<Pick<Package, 'dependencies' | 'devDependencies'>> {
  allowScripts: Record<string, boolean>
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))

const lockfile = read('package-lock.json') as Lockfile
const manifest = read('package.json') as Manifest
/** All but the project itself and the packages that are folders of it. */
const installed = Object.entries(lockfile.packages).filter(
  ([path, { link }]) => link !== true && path.includes('node_modules/')
)

test('every package in the lockfile is from the registry, with a strong hash', () => {
  assert.equal(lockfile.lockfileVersion, 3)
  assert.ok(installed.length > 100)
  for (const [path, { version, integrity, resolved, link }] of installed) {
    assert.match(version ?? '', /^\d+\.\d+\.\d+/, path)
    assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, path)
    // Where it is downloaded from is the installing machine's choice; what it is, the hash says.
    assert.deepEqual([resolved, link], [undefined, undefined], path)
  }
})

test('what package.json names is pinned, and is what the lockfile has', () => {
  const { dependencies, devDependencies } = lockfile.packages[''] ?? {}
  assert.deepEqual([dependencies, devDependencies], [manifest.dependencies, manifest.devDependencies])
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name)
    assert.equal(lockfile.packages[`node_modules/${name}`]?.version, version, name)
  }
})

test('no package but the allowed ones runs anything when it is installed', () => {
  const running = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)
  assert.deepEqual(
    running.map((path) => path.replace(/^.*node_modules\//, '')).sort(),
    Object.keys(manifest.allowScripts).sort()
  )
})
