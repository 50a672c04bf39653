import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Installs a package of the distribution where that can be done: as root, with apt. Does nothing elsewhere; throws where it fails. */
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
    apt('update')
    install()
  }
}
