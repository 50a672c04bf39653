import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { chown, mkdtemp } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { installPackage } from './debian-package.ts'
import { until } from './until.ts'

export interface Identity {
  uid?: number
  gid?: number
}

const run = promisify(execFile)

// The shell waits for its standard input, which ends when the test process does, whatever ends it.
const SERVE = `
  cd "$2"
  "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off >"$2/log" 2>&1 &
  cat >/dev/null
  kill -QUIT $!; wait; rm -rf "$2"`

/**
 * Starts a Postgres of this process's own on a Unix socket and returns its URL. It ends with the process, and its files with it.
 * Its programs come from PATH or the distribution's folders; where there are none they are installed if that can be done.
 */
export async function startPostgresServer(): Promise<string> {
  const programs = postgresPrograms()
  const { dir, identity } = await newDatabaseFolder(programs)
  const server = spawn('/bin/sh', ['-c', SERVE, 'sh', programs, dir], {
    ...identity,
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

/** The folder of initdb and postgres; they are installed if they are missing and that can be done. */
export function postgresPrograms(): string {
  return findPrograms() ?? installPrograms()
}

/** A new cluster in `data` of a folder of its own, and as whom to serve it. */
export async function newDatabaseFolder(programs: string): Promise<{ dir: string; identity: Identity }> {
  const identity = unprivileged()
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-pg-'))
  if (identity.uid !== undefined && identity.gid !== undefined) await chown(dir, identity.uid, identity.gid)
  const initdb = ['-D', join(dir, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  await run(join(programs, 'initdb'), initdb, { ...identity, cwd: dir })
  return { dir, identity }
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
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((dir) => {
    const program = join(dir, 'postgres')
    return existsSync(program) ? [dirname(realpathSync(program))] : []
  })
  const candidates = [...onPath, ...versions.map((version) => join(root, version, 'bin'))]
  return candidates.find((dir) => existsSync(join(dir, 'initdb')) && existsSync(join(dir, 'postgres'))) ?? null
}

function installPrograms(): string {
  installPackage('postgresql')
  const programs = findPrograms()
  if (programs !== null) return programs
  throw new Error(
    'These tests need a real Postgres: install the package "postgresql" so that initdb and postgres are on PATH or under /usr/lib/postgresql, or set TEST_DATABASE_URL to one whose user may create databases'
  )
}

/** Postgres refuses to run as root. */
function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
