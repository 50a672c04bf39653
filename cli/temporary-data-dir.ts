import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDataDirInUse } from '../services/platform/database/data-dir-lock.ts'

/** By then whoever makes a folder has taken it, or is gone. */
const TAKEN_WITHIN_MS = 60_000

/**
 * A data folder in `parent`, for as long as this process runs, which removes it. A process that was killed could not: what such
 * ones have left is removed here.
 */
export async function makeTemporaryDataDir(kind: 'command' | 'demo', parent = tmpdir()): Promise<string> {
  const prefix = `sluice-${kind}-`
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix))
  await Promise.all(names.map((name) => removeIfLeft(join(parent, name))))
  return await mkdtemp(join(parent, prefix))
}

/** Leaves it where that cannot be found out, or it is somebody else's. */
async function removeIfLeft(dir: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(dir)
    if (Date.now() - mtimeMs < TAKEN_WITHIN_MS || isDataDirInUse(dir)) return
    await rm(dir, { recursive: true, force: true })
  } catch {}
}
