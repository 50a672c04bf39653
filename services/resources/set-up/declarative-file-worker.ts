import { parentPort, workerData } from 'node:worker_threads'
import { DeclarativeFileError, parseDeclarativeFile } from './declarative-file.ts'
import type { DeclarativeFileJob, DeclarativeFileOutcome } from './read-declarative-file.ts'

const { text, fileName } = workerData as DeclarativeFileJob

function outcome(): DeclarativeFileOutcome {
  try {
    return { desired: parseDeclarativeFile(text, { fileName, variables: null }), problems: null }
  } catch (error) {
    if (!(error instanceof DeclarativeFileError)) throw error
    return { desired: null, problems: error.problems }
  }
}

parentPort?.postMessage(outcome())
