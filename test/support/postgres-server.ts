import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { findPostgresPrograms, type PostgresPrograms } from '../../services/platform/database/postgres-programs.ts'
import { withoutRoot } from '../../services/platform/database/postgres-server.ts'
import { installed } from './debian-package.ts'
import { madeOnce } from './made-once.ts'
import { copyFolder, quickFolder } from './quick-folder.ts'
import { until } from './until.ts'

const run = promisify(execFile)

// The shell waits for its standard input, which ends when the test process does, whatever ends it.
const SERVE = `
  dir=$1; shift; cd "$dir"
  "$@" >log 2>&1 &
  cat >/dev/null
  kill -QUIT $!; wait; cd /; rm -rf "$dir"`

/** For what is gone with the test run, and for all test files that run at once. */
const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'synchronous_commit=off',
  'max_connections=400',
  'shared_buffers=128MB',
  'wal_level=minimal',
  'max_wal_senders=0'
]

/**
 * Starts a Postgres of this process's own on a Unix socket and returns its URL. It ends with the process, and its files with it.
 * It is the one that Sluice brings, unless other programs are given.
 */
export async function startPostgresServer(programs = embeddedPrograms(), newFolder = quickFolder): Promise<string> {
  const dir = await newDatabaseFolder(programs, newFolder)
  const [command, args] = withoutRoot(programs.postgres, servingArguments(dir, SETTINGS))
  const server = spawn('/bin/sh', ['-c', SERVE, 'sh', dir, command, ...args], {
    env: programs.env,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C goes to the whole group and would end the server before the tests are done with it.
    detached: true
  })
  server.unref()
  ;(server.stdin as Socket).unref()

  const url = urlOf(dir)
  await until('Postgres accepts connections', () => accepts(url), 30_000)
  return url
}

export const embeddedPrograms = (): PostgresPrograms => findPostgresPrograms(join(tmpdir(), 'sluice-test-libraries'))

/** Of the distribution: the oldest Postgres that Sluice supports. They are installed if they are missing and that can be done. */
export function distributionPrograms(): PostgresPrograms {
  const dir = installed('postgresql', findPrograms, MISSING)
  return { initdb: join(dir, 'initdb'), postgres: join(dir, 'postgres'), env: { PATH: process.env.PATH ?? '' } }
}

/** A new cluster in `data` of a folder of its own. */
export async function newDatabaseFolder(programs: PostgresPrograms, newFolder: typeof quickFolder): Promise<string> {
  const made = await madeOnce('cluster', programs.initdb, (dir) => initialize(programs, dir))
  const dir = await newFolder('sluice-test-pg-')
  await copyFolder(join(made, 'data'), join(dir, 'data'))
  return dir
}

async function initialize({ initdb, env }: PostgresPrograms, dir: string): Promise<void> {
  const options = ['-D', join(dir, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  const [command, args] = withoutRoot(initdb, options)
  await run(command, args, { env, cwd: dir })
}

/** What `postgres` is told, to serve the cluster of such a folder on a socket in it. */
export function servingArguments(dir: string, settings: readonly string[]): string[] {
  const options = ['-D', join(dir, 'data'), '-k', dir, '-c', 'listen_addresses=']
  return options.concat(settings.flatMap((setting) => ['-c', setting]))
}

/** Where a server with its socket in the folder is reached. */
export const urlOf = (dir: string) => `postgres://postgres@localhost/postgres?host=${encodeURIComponent(dir)}`

export async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** The folder that has both initdb and postgres. */
function findPrograms(): string | null {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(a) - Number(b)) : []
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((dir) => {
    const program = join(dir, 'postgres')
    return existsSync(program) ? [dirname(realpathSync(program))] : []
  })
  const candidates = [...onPath, ...versions.map((version) => join(root, version, 'bin'))]
  return candidates.find((dir) => existsSync(join(dir, 'initdb')) && existsSync(join(dir, 'postgres'))) ?? null
}

const MISSING =
  'This needs the Postgres of the distribution: install the package "postgresql" so that initdb and postgres are on PATH or under /usr/lib/postgresql'
