import type { Socket } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'
import { createRequestReader, isReadyForQuery, queryMessage } from './embedded-database-protocol.ts'

/** The engine is in an unknown state: nothing more may run on it. */
export class DatabaseBrokenError extends Error {
  override name = 'DatabaseBrokenError'
}

// Single-user Postgres never checkpoints by itself: unattended, its log grows without end and so does recovery after a kill.
const CHECKPOINT_LARGE_LOG = `do $$ begin
  if pg_current_wal_insert_lsn() - (select redo_lsn from pg_control_checkpoint()) > 64 * 1024 * 1024 then checkpoint; end if;
end $$`

/**
 * Speaks the Postgres wire protocol for a PGlite. It has one session, so `serve` is called for one connection at a time; it
 * resolves when the connection has ended and its transaction, statements and settings are gone. Rejects only with
 * DatabaseBrokenError.
 */
export function createSessions(database: PGlite) {
  let usedSinceCheckpoint = false

  async function execute(bytes: Buffer, answered = true): Promise<Buffer> {
    const chunks: Buffer[] = []
    // What onRawData gets is a view of the engine's memory; Buffer.from copies it.
    await database.execProtocolRawStream(bytes, { syncToFs: false, onRawData: (data) => chunks.push(Buffer.from(data)) })
    const answer = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
    // PGlite swallows the engine's traps and exits; a missing ReadyForQuery is how they show.
    if (answered && !isReadyForQuery(answer)) throw new DatabaseBrokenError('the engine stopped answering')
    return answer
  }

  async function reset() {
    if (database.isInTransaction()) await execute(queryMessage('rollback'))
    await execute(queryMessage('discard all'))
  }

  async function talk(socket: Socket) {
    const reader = createRequestReader()
    for await (const chunk of socket) {
      for (const request of reader.push(chunk)) {
        if (request.type === 'cancel' || request.type === 'terminate') return
        if (request.type === 'encryption') {
          socket.write('N')
        } else {
          usedSinceCheckpoint = true
          socket.write(await execute(request.bytes, request.type === 'startup' || request.answered))
        }
      }
    }
  }

  return {
    async serve(socket: Socket) {
      try {
        await talk(socket)
      } catch (error) {
        // Any other failure is the connection's own, and its client sees it.
        if (error instanceof DatabaseBrokenError) throw error
      } finally {
        socket.destroy()
      }
      await reset()
    },

    /** Bounds the log that a start after a kill has to replay. `idle` also writes out what a small log holds. */
    async checkpoint(options: { idle: boolean }) {
      if (database.isInTransaction() || !usedSinceCheckpoint) return
      await execute(queryMessage(options.idle ? 'checkpoint' : CHECKPOINT_LARGE_LOG))
      if (options.idle) usedSinceCheckpoint = false
    },

    /** What autovacuum does elsewhere: reclaims rows, refreshes the planner's statistics, freezes old transaction ids. */
    async vacuum() {
      if (!database.isInTransaction()) await execute(queryMessage('vacuum (analyze)'))
    }
  }
}
