import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * Installs a package of the distribution where that can be done: as root, with apt. Does nothing elsewhere. Where it fails, it
 * throws what says which package somebody has to install.
 */
export function installPackage(name: string): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Test files run at the same time; each waits for the one that installs.
  const apt = (...args: string[]) =>
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { env, stdio: 'ignore' })
  const install = () => apt('install', '-y', '--no-install-recommends', name)
  try {
    install()
  } catch {
    try {
      apt('update')
      install()
    } catch (cause) {
      throw new Error(
        `These tests need the package "${name}", and apt-get could not install it: install it, then run them again`,
        {
          cause
        }
      )
    }
  }
}

/** A program as `find` knows it. Where it is missing it is installed if that can be done, else this says what to do. */
export function installed(name: string, find: () => string | null, otherwise: string): string {
  const found = find()
  if (found !== null) return found
  installPackage(name)
  return find() ?? fail(otherwise)
}

function fail(message: string): never {
  throw new Error(message)
}
