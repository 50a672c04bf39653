import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileProblem } from '../services/platform/file-problem.ts'
import { wordsOf } from '../services/platform/error-words.ts'
import { OperationError, UsageError } from './failures.ts'

export interface NewFileOptions<T> {
  /** Puts it in the place of one that is there; else that is refused. */
  force: boolean
  /** Looks at the whole file before it gets its name. What it throws leaves no file. */
  check: (draft: string) => Promise<T>
}

/** Throws UsageError when there is a file and it is not to be replaced. */
export function refuseExisting(path: string, force: boolean): void {
  if (!force && existsSync(path))
    throw new UsageError(`${path} already exists: name another file, or use --force to replace it`)
}

/** Writes a file that only its owner may read (mode 0600): whole and on the disk, or not at all. Returns what `check` did. */
export async function writeNewFile<T>(
  path: string,
  read: () => Promise<Readable>,
  { force, check }: NewFileOptions<T>
): Promise<T> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`
  const ending = new AbortController()
  const stop = () => ending.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  try {
    const file = await open(draft, 'wx', 0o600)
    await pipeline(unbroken(await sourceOf(read, file)), file.createWriteStream({ flush: true }), { signal: ending.signal })
    const checked = await check(draft)
    if (force) await rename(draft, path)
    else await link(draft, path)
    await syncFolder(dirname(path))
    return checked
  } catch (error) {
    throw told(error, path, force)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
    await rm(draft, { force: true })
  }
}

/** Without it the file would stay open. */
async function sourceOf(read: () => Promise<Readable>, file: FileHandle): Promise<Readable> {
  try {
    return await read()
  } catch (error) {
    await file.close()
    throw error
  }
}

/** What fails in reading is told apart from what fails in writing. */
async function* unbroken(source: Readable): AsyncGenerator<Buffer | string> {
  try {
    yield* source as AsyncIterable<Buffer | string>
  } catch (error) {
    if (error instanceof UsageError || error instanceof OperationError) throw error
    throw new OperationError(`the response was cut off: ${wordsOf(error)}`, { cause: error })
  }
}

function told(error: unknown, path: string, force: boolean): unknown {
  const { code, name } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') refuseExisting(path, force)
  if (name === 'AbortError') return new OperationError('stopped: no file was written', { cause: error })
  return code === undefined ? error : new OperationError(`${path} cannot be written: ${fileProblem(error)}`, { cause: error })
}

/** A name is on the disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
