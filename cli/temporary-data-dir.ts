import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'

// Its standard input ends when the process at the other end does, however that ended. What that process had running in the folder
// may write there for another moment.
const KEEPER = `read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1"; sleep 1; [ -e "$1" ] || exit 0; done`

export interface TemporaryDataDir {
  path: string
  remove: () => Promise<void>
}

/** A data folder for as long as this process runs. When the process is killed, a shell that outlives it removes the folder. */
export async function makeTemporaryDataDir(kind: 'command' | 'demo', parent = tmpdir()): Promise<TemporaryDataDir> {
  const path = await mkdtemp(resolve(parent, `sluice-${kind}-`))
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'sh', path], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  keeper.unref()
  keeper.stdin.on('error', () => {})
  keeper.on('error', () => {})
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true })
      keeper.stdin.end()
    }
  }
}
