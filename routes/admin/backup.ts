import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { packBackup } from '../../services/backup/backup-file.ts'
import { copyDatabase } from '../../services/backup/copy-database.ts'
import { BACKUP_OF_POSTGRES } from '../../services/backup/of-postgres.ts'
import { GatewayError } from '../../services/gateway-errors.ts'

/** `POST /backup`: the embedded database as a file, as it is now, with all usage that is known by now. */
const backup: FastifyPluginAsyncTypebox = async (app) => {
  const { dataDir, databaseUrl } = app.config
  const copyDir = join(dataDir, 'backup.draft')
  let isUnderWay = false

  app.post(
    '/backup',
    { schema: { summary: 'Sends the embedded database as a file for sluice restore' } },
    async (request, reply) => {
      if (databaseUrl !== null) throw new GatewayError(400, 'invalid_request_error', BACKUP_OF_POSTGRES)
      if (isUnderWay) throw new GatewayError(409, 'invalid_request_error', 'a backup is being made already')
      isUnderWay = true
      const end = async () => {
        await rm(copyDir, { recursive: true, force: true })
        isUnderWay = false
      }
      try {
        // What stands in the journal alone would be missing after a restore.
        if (!(await app.settler.flush())) {
          throw new GatewayError(503, 'api_error', 'usage in the journal cannot be put on record now: try again')
        }
        await app.audit(request, 'backup.made', 'database', {})
        await rm(copyDir, { recursive: true, force: true })
        const migration = await copyDatabase(app.adminDatabase, join(dataDir, 'database'), copyDir)
        const created_at = new Date(app.clock.now()).toISOString()
        const file = packBackup(copyDir, { format: 'sluice-backup', version: 1, created_at, migration })
        file.once('close', () => {
          end().catch((err: unknown) => app.log.warn({ err }, "a backup's copy of the database could not be removed"))
        })
        return await reply.type('application/gzip').header('cache-control', 'no-store').send(file)
      } catch (error) {
        await end()
        throw error
      }
    }
  )
}

export default backup
