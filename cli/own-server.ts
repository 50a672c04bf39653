import type { FastifyInstance } from 'fastify'
import { wordsOf } from '../services/platform/error-words.ts'
import type { Settings } from '../services/resources/set-up/settings.ts'
import { OperationError } from './failures.ts'
import { operatorHeaders } from './os-user.ts'
import type { AdminResponse, Question } from './remote-server.ts'
import { makeTemporaryDataDir } from './temporary-data-dir.ts'

export interface OwnServer {
  ask: (question: Question) => Promise<AdminResponse>
  close: () => Promise<void>
}

/**
 * A gateway in this process that listens nowhere, for its admin API. On a Postgres it works beside the servers there and
 * leaves their data folders alone; the embedded database and its folder it has for itself.
 */
export async function openOwnServer(settings: Settings): Promise<OwnServer> {
  if (settings.databaseUrl === null) return await openApp(settings)
  const { path, remove } = await makeTemporaryDataDir('command')
  try {
    const { ask, close } = await openApp({ ...settings, dataDir: path })
    return {
      ask,
      async close() {
        await close()
        await remove()
      }
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function openApp(settings: Settings): Promise<OwnServer> {
  const app = await open(settings)
  return {
    async ask({ method, path, body, headers }) {
      const response = await app.inject({
        method: method as 'GET',
        url: `/admin/v1${path}`,
        headers: { ...headers, ...operatorHeaders(), authorization: `Bearer ${app.localAdminToken}` },
        ...(body === undefined ? {} : { payload: body }),
        payloadAsStream: true
      })
      return { status: response.statusCode, body: response.stream() }
    },
    close: () => app.close()
  }
}

/** What it was built of so far when that fails is left to the end of the process. */
async function open(settings: Settings): Promise<FastifyInstance> {
  // Loaded only where it is needed: with a server at hand the command is quick.
  const [{ buildApp }, { pino }] = await Promise.all([import('../app.ts'), import('pino')])
  try {
    const app = await buildApp({
      // Without Redis, where it would be counted as a replica.
      settings: { ...settings, redisUrls: null, configFile: null, anthropicApiKey: null },
      logger: pino({ level: 'silent' }),
      serves: false
    })
    await app.ready()
    return app
  } catch (error) {
    // By name: its module would be loaded for this alone.
    if (error instanceof Error && error.name === 'DataDirInUseError') throw error
    throw new OperationError(wordsOf(error), { cause: error })
  }
}
