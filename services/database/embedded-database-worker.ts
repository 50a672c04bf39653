import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { endReplacement } from './replaced-database.ts'
import { createSessions } from './embedded-database-sessions.ts'

/** What the thread is started with. It posts 'ready' once it listens, and ends in order when it is sent 'stop'. */
export interface EmbeddedDatabaseWorkerData {
  /** Where the database's files live; made at the first start. */
  filesDir: string
  socketPath: string
}

const LOG_CHECK_INTERVAL_MS = 10_000
const CHECKPOINT_INTERVAL_MS = 5 * 60_000
const FIRST_VACUUM_DELAY_MS = 10 * 60_000
const VACUUM_INTERVAL_MS = 24 * 60 * 60_000

async function open(filesDir: string): Promise<PGlite> {
  const log: string[] = []
  const options = { onStderr: (line: string) => log.push(line) > 0 }
  try {
    endReplacement(filesDir)
    if (!existsSync(filesDir)) await create(filesDir, options)
    keepToOneself(filesDir)
    return await PGlite.create(filesDir, options)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error([`${reason} (files: ${filesDir})`, ...log.slice(-10)].join('\n'), { cause: error })
  }
}

/** Made beside its place and moved, so that a kill at any moment leaves either no database or a whole one. */
async function create(filesDir: string, options: { onStderr: (line: string) => boolean }) {
  const draftDir = `${filesDir}.draft`
  rmSync(draftDir, { recursive: true, force: true })
  const draft = await PGlite.create(draftDir, options)
  await draft.close()
  renameSync(draftDir, filesDir)
}

/** PGlite lets everybody on the machine write its files, and only a data folder that Sluice has made keeps others out of them. */
function keepToOneself(filesDir: string) {
  try {
    chmodSync(filesDir, 0o700)
  } catch (error) {
    // On a volume that belongs to somebody else, who has let us in.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}

const { filesDir, socketPath } = workerData as EmbeddedDatabaseWorkerData
const port = parentPort
if (port === null) throw new Error('This file is the entry of a worker thread')

const database = await open(filesDir)
const sessions = createSessions(database)

// A rejection here is unhandled on purpose: it ends the thread, which the process that started it reports.
let lastSession = Promise.resolve()
const sockets = new Set<Socket>()
const server = createServer((socket) => {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket)).on('error', () => {})
  lastSession = lastSession.then(() => sessions.serve(socket))
})
server.listen(socketPath)
await once(server, 'listening')

const timers = [
  setInterval(() => void sessions.checkpoint({ idle: false }), LOG_CHECK_INTERVAL_MS),
  setInterval(() => void sessions.checkpoint({ idle: true }), CHECKPOINT_INTERVAL_MS),
  setTimeout(() => void sessions.vacuum(), FIRST_VACUUM_DELAY_MS),
  setInterval(() => void sessions.vacuum(), VACUUM_INTERVAL_MS)
]

port.once('message', () => void stop(port))
port.postMessage('ready')

async function stop(port: { close: () => void }) {
  for (const timer of timers) clearTimeout(timer)
  server.close()
  for (const socket of sockets) socket.destroy()
  await lastSession
  await database.close()
  port.close()
}
