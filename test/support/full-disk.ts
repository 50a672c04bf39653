import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A disk that a server writes to, and that takes nothing more from some moment on. */
export interface FillableDisk {
  /** What it is, for whoever reads the test's output. */
  readonly kind: string
  /** What the server is started through, to see it. */
  readonly through: readonly string[]
  /** A folder on it. */
  readonly dir: string
  /** Whether what the server has allocated by then can be written all the same, as on a full file system. */
  readonly takesAllocated: boolean
  /** From here on it gives the process with that id no new byte. */
  fill: (pid: number) => Promise<void>
  /** There is room again. */
  free: () => void
}

/** How a mount of one's own is made: as root where that may mount, else as root of a user namespace. */
const UNSHARE = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount']
] as const
const ENTER = [
  ['nsenter', '--mount'],
  ['nsenter', '--user', '--mount', '--preserve-credentials']
] as const

/**
 * A file system of a few megabytes, which is filled to the last byte. Where the machine lets nobody mount one, the limit of what the
 * process may write to files (RLIMIT_FSIZE) in its place.
 */
export async function fullFileSystem(t: TestContext): Promise<FillableDisk> {
  for (const [index, unshare] of UNSHARE.entries()) {
    const disk = await mounted(t, unshare, ENTER[index]!).catch(() => null)
    if (disk !== null) return disk
  }
  t.diagnostic('no file system can be mounted here: in its place a process that may write no more')
  return await forbiddenDisk(t)
}

async function mounted(t: TestContext, unshare: readonly string[], enter: readonly string[]): Promise<FillableDisk> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-full-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const [command = '', ...options] = unshare
  // It keeps the file system when the server has ended, and goes with this test.
  const script = 'mount -t tmpfs -o size=3m,mode=0700 sluice-test "$0" && echo mounted && exec cat'
  const holder = spawn(command, [...options, 'sh', '-c', script, dir], { stdio: ['pipe', 'pipe', 'ignore'] })
  t.after(() => void holder.stdin.end())
  const [first] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'close'), once(holder, 'error')])) as unknown[]
  if (String(first) !== 'mounted\n') throw new Error('nothing can be mounted')
  const seenFromHere = join(`/proc/${holder.pid}/root`, dir, 'filling')
  return {
    kind: 'a full file system',
    through: [...enter, '--target', String(holder.pid), '--'],
    dir,
    takesAllocated: true,
    fill: () => Promise.resolve(fillWith(seenFromHere)),
    free: () => rmSync(seenFromHere)
  }
}

function fillWith(path: string): void {
  const fd = openSync(path, 'w')
  try {
    for (const bytes of [65_536, 4096, 1]) writeUntilFull(fd, Buffer.alloc(bytes))
  } finally {
    closeSync(fd)
  }
}

function writeUntilFull(fd: number, chunk: Buffer): void {
  try {
    for (;;) writeSync(fd, chunk)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

/** No write to a file succeeds any more, wherever in it: the process may not write files (Node ignores the signal, and gets EFBIG). */
export async function forbiddenDisk(t: TestContext): Promise<FillableDisk> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-forbidden-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return {
    kind: 'a disk that takes nothing',
    through: [],
    dir,
    takesAllocated: false,
    fill: async (pid) => void (await run('prlimit', ['--pid', String(pid), '--fsize=0'])),
    free() {}
  }
}
