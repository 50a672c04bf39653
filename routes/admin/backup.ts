import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Client } from 'pg'
import { packBackup } from '../../services/operations/backup/backup-file.ts'
import { dumpDatabase } from '../../services/operations/backup/dump-database.ts'
import { databaseAway, GatewayError } from '../../services/platform/gateway-errors.ts'

const CONNECT_TIMEOUT_MS = 3000

/** `POST /backup`: all that is on record as a file, as it is now, with all of this process's usage that is known by now. */
const backup: FastifyPluginAsyncTypebox = async (app) => {
  let isUnderWay = false

  app.post(
    '/backup',
    {
      schema: {
        summary: 'Sends all that is on record as a file for sluice restore',
        response: { 200: { description: 'An archive', content: { 'application/gzip': { schema: {} } } } },
        refuses: { 409: 'A backup is being made already' }
      }
    },
    async (request, reply) => {
      if (isUnderWay) throw new GatewayError(409, 'invalid_request_error', 'a backup is already running')
      isUnderWay = true
      try {
        // What stands in the journal alone would be missing after a restore.
        if (!(await app.backOffice.settle())) {
          throw new GatewayError(503, 'api_error', 'usage in the journal cannot be settled right now: try again')
        }
        await app.audit(request, 'backup.made', 'database', {})
        const client = await connect()
        const file = packBackup(dumpDatabase(client))
        file.once('error', (err) => request.log.warn({ err }, 'a backup was cut off'))
        file.once('close', () => {
          isUnderWay = false
          client.end().catch((err: unknown) => request.log.debug({ err }, 'the connection of a backup broke'))
        })
        // A reader that stands still would keep the database's old rows in use.
        reply.raw.setTimeout(app.config.clientStallTimeoutMs, () => reply.raw.destroy())
        return await reply.type('application/gzip').header('cache-control', 'no-store').send(file)
      } catch (error) {
        isUnderWay = false
        throw error
      }
    }
  )

  /** A connection of its own, which takes longer than a request may keep one of the pool. */
  async function connect(): Promise<Client> {
    const client = new Client({
      connectionString: app.databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true
    })
    client.on('error', (err) => app.log.debug({ err }, 'the connection of a backup broke'))
    await client.connect().catch((error: unknown) => {
      throw databaseAway(error)
    })
    return client
  }
}

export default backup
