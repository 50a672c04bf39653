import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { DeclarativeFileError, parseDeclarativeFile } from './declarative-file.ts'
import type { Desired } from './declarative-schema.ts'

export interface DeclarativeFileJob {
  text: string
  fileName: string
}

export type DeclarativeFileOutcome = { desired: Desired; problems: null } | { desired: null; problems: readonly string[] }

/** This much is read within some 20 ms; a thread takes longer to start. */
const MAX_HERE_CHARACTERS = 8192
const MAX_MS = 30_000
const MAX_HEAP_MB = 1024

/**
 * Reads files that others send, as `parseDeclarativeFile` does without variables, without delaying streams: large ones in a
 * separate thread, one after another. Rejects with DeclarativeFileError, also when it takes too long.
 */
export function createDeclarativeFileReader({ maxMs = MAX_MS } = {}): (job: DeclarativeFileJob) => Promise<Desired> {
  let last: Promise<unknown> = Promise.resolve()

  async function readElsewhere(job: DeclarativeFileJob): Promise<Desired> {
    const script = new URL('declarative-file-worker.ts', import.meta.url)
    const worker = new Worker(script, { workerData: job, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } })
    const refuse = (why: string, cause?: unknown) =>
      Object.assign(new DeclarativeFileError([`${job.fileName}:1:1 ${why}: apply it in parts`]), { cause })
    try {
      const [outcome] = (await once(worker, 'message', { signal: AbortSignal.timeout(maxMs) })) as [DeclarativeFileOutcome]
      if (outcome.problems !== null) throw new DeclarativeFileError(outcome.problems)
      return outcome.desired
    } catch (error) {
      if (error instanceof DeclarativeFileError) throw error
      if ((error as Error).name === 'AbortError') throw refuse('takes too long to read', error)
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw refuse('takes too much memory to read', error)
      throw error
    } finally {
      await worker.terminate()
    }
  }

  return async (job) => {
    if (job.text.length <= MAX_HERE_CHARACTERS)
      return parseDeclarativeFile(job.text, { fileName: job.fileName, variables: null })
    const before = last
    const { promise, resolve } = Promise.withResolvers<void>()
    last = promise
    await before
    try {
      return await readElsewhere(job)
    } finally {
      resolve()
    }
  }
}
