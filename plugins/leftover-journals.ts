import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { liveInstances } from '../services/resources/records/instances.ts'
import { forgetReplica } from '../services/resources/records/replica-reports.ts'

/** With the database away at the start it cannot be told who lives; nor is anything lost by looking later. */
const LOOK_EVERY_MS = 60_000

/**
 * Settles what instances left behind that will not come back: their journals lie beside this one's when the data folder has
 * lost the file that names its instance, or several volumes were put together. The folder's lock keeps others out; an
 * instance that lives all the same, elsewhere, settles its own.
 */
async function leftoverJournals(app: FastifyInstance) {
  const { backOffice, clock, config, instanceId } = app
  const root = join(config.dataDir, 'journal')
  const done = new Set<string>()
  let timer = clock.setTimer(() => {}, 0)

  async function look(): Promise<void> {
    try {
      const live = new Set(await liveInstances(app.pg.pool))
      for (const id of await readdir(root)) {
        if (id === instanceId || live.has(id) || done.has(id)) continue
        done.add(id)
        void adopt(id)
      }
    } catch (err) {
      app.log.debug({ err }, 'journals left behind cannot be looked for now')
    }
    timer = clock.setTimer(() => void look(), LOOK_EVERY_MS)
  }

  async function adopt(id: string): Promise<void> {
    try {
      if (!(await backOffice.adopt(join(root, id)))) return
      app.log.info({ instance: id }, 'the journal of a dead instance was settled')
      await forgetReplica(app.pg.pool, id)
    } catch (err) {
      done.delete(id)
      app.log.warn({ err, instance: id }, 'the journal of a dead instance cannot be read')
    }
  }

  app.addHook('onReady', async () => void look())
  app.addHook('onClose', async () => timer.cancel())
}

export default fp(leftoverJournals, {
  name: 'leftover-journals',
  fastify: '5.x',
  dependencies: ['config', 'data-dir', 'database', 'instances', 'back-office']
})
