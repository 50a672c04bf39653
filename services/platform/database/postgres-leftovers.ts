import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Larger than any that a system gives. */
const NO_PROCESS = 2 ** 22 + 1
const STOP_DEADLINE_MS = 10_000

/**
 * Ends a Postgres that still runs on these files after its Sluice is gone; the caller holds the data folder's lock. A process
 * that has only been given the number of such a one, as after a restart of a container, is left alone and no longer in its way.
 * `onFound` is told before it is waited for.
 */
export async function stopLeftOver(filesDir: string, onFound: (pid: number) => void): Promise<void> {
  const pidFile = join(filesDir, 'postmaster.pid')
  const content = readIfThere(pidFile)
  const pid = Number.parseInt(content, 10)
  if (!(pid > 0) || !isAlive(pid)) return
  if (!isPostgresOn(pid, filesDir)) {
    // The other lines tell Postgres whether processes of it still have its memory.
    writeFileSync(pidFile, content.replace(/^\d+/, String(NO_PROCESS)))
    return
  }
  onFound(pid)
  const deadline = performance.now() + STOP_DEADLINE_MS
  signal(pid, 'SIGINT')
  while (isAlive(pid) && isPostgresOn(pid, filesDir)) {
    if (performance.now() > deadline) signal(pid, 'SIGQUIT')
    await delay(20)
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Postgres works in the folder of its files. */
function isPostgresOn(pid: number, filesDir: string): boolean {
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(filesDir)
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(filesDir)
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has just ended.
  }
}
