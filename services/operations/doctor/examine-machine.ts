import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { isDataDirInUse } from '../../platform/database/data-dir-lock.ts'
import { wordsOf } from '../../platform/error-words.ts'
import { fine, wrong, type Finding } from './findings.ts'

/** Whether the data folder takes files, and has room for the journal. */
export async function examineDataDir(dataDir: string, journalMaxBytes: number): Promise<Finding[]> {
  try {
    await mkdir(dataDir, { recursive: true })
    await rm(await mkdtemp(join(dataDir, 'doctor-')), { recursive: true })
  } catch (error) {
    const remedy = 'make DATA_DIR a folder that the user of Sluice may write to'
    return [wrong('data folder', `cannot be written to: ${wordsOf(error)}`, remedy)]
  }
  const { bavail, bsize } = await statfs(dataDir)
  const freeBytes = bavail * bsize
  const space =
    freeBytes >= journalMaxBytes
      ? fine('disk space', 'is enough for the journal')
      : wrong(
          'disk space',
          `has ${freeBytes} bytes free, fewer than the journal may need`,
          'make room, or lower JOURNAL_MAX_BYTES'
        )
  return [fine('data folder', 'can be written to'), space]
}

/** Whether a server could listen; one that runs on this data folder is what should. */
export async function examinePort(dataDir: string, host: string, port: number): Promise<Finding> {
  if (isDataDirInUse(dataDir)) return fine('port', 'the server is running')
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(port, host, resolve))
    await new Promise((resolve) => server.close(resolve))
    return fine('port', 'is free')
  } catch (error) {
    const remedy = (await isSluice(host, port))
      ? 'a Sluice with another DATA_DIR runs there: stop it, change PORT, or set PORT=0 to look at this DATA_DIR only'
      : 'stop what listens there, or change HOST and PORT'
    return wrong('port', `cannot be listened on: ${wordsOf(error)}`, remedy)
  }
}

const PATIENCE_MS = 2000

/** Whether a Sluice answers there. */
async function isSluice(host: string, port: number): Promise<boolean> {
  const at = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host)
  try {
    const response = await fetch(`http://${at}:${port}/`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    return ((await response.json()) as { name?: unknown }).name === 'sluice'
  } catch {
    return false
  }
}
