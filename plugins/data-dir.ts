import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { lockDataDir } from '../services/platform/database/data-dir-lock.ts'
import { replicaName } from '../services/platform/replica-name.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Names this process's data folder across restarts, and with it its journal. */
    instanceId: string
    /** What operators know this process by among its replicas. */
    replicaName: string
  }
}

async function readInstanceId(dataDir: string): Promise<string> {
  const file = join(dataDir, 'instance-id')
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const id = randomUUID()
    await writeFile(file, `${id}\n`)
    return id
  }
}

/** Takes the data folder for this process alone, until everything that uses it has closed. */
async function dataDir(app: FastifyInstance) {
  const { dataDir: dir, databaseUrl } = app.config
  // The embedded database takes the same lock, since the `sluice` command opens it too.
  if (databaseUrl !== null) {
    const lock = lockDataDir(dir)
    app.addHook('onClose', async () => lock.release())
  }
  const instanceId = await readInstanceId(dir)
  app.decorate('instanceId', instanceId)
  app.decorate('replicaName', replicaName(instanceId))
}

export default fp(dataDir, { name: 'data-dir', fastify: '5.x', dependencies: ['config', 'database'] })
