import type { QueryResult, QueryResultRow } from 'pg'
import type { Clock } from '../clock.ts'
import { databaseAway, databaseShareBusy, databaseTooSlow } from '../gateway-errors.ts'
import { inTransaction, type Connectable } from './queryable.ts'

interface DatabaseShareOptions {
  clock: Clock
  /** Most connections of the pool in use at once. */
  size: number
  /** How long one is waited for. */
  waitMs: number
  /** After which the server ends a single statement. */
  statementTimeoutMs: number
}

export interface DatabaseShare extends Connectable {
  /** A single statement without values: it goes along with the settings, in one trip to the database instead of three. */
  queryAtOnce: <Row extends QueryResultRow>(text: string) => Promise<QueryResult<Row>>
}

const QUERY_CANCELED = '57014'

/** Of SQLSTATE: connection exceptions, and a server that shuts down or starts. */
const AWAY = /^(08|57P0)|^(ECONN|EPIPE|ETIMEDOUT)/

function unlessAway(error: unknown): never {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (AWAY.test(code) || message.startsWith('Connection terminated')) throw databaseAway(error)
  throw error
}

function unlessTooSlow(error: unknown): unknown {
  return error instanceof Error && 'code' in error && error.code === QUERY_CANCELED ? databaseTooSlow(error) : error
}

/**
 * A part of a pool, for work that must not keep others from the rest of it. In order of arrival; rejects with 503 when no
 * connection was free in time or the database is away, with 504 when a statement took too long.
 */
export function createDatabaseShare(pool: Connectable, options: DatabaseShareOptions): DatabaseShare {
  const { clock, size, waitMs, statementTimeoutMs } = options
  // One core of the database at most: a short question would wait longer for the workers than for its answer.
  const settings = `set local statement_timeout = ${statementTimeoutMs}; set local max_parallel_workers_per_gather = 0`
  const waiting = new Set<() => void>()
  let inUse = 0

  async function enter(): Promise<void> {
    if (inUse < size) {
      inUse += 1
      return
    }
    await new Promise<void>((resolve, reject) => {
      const granted = () => {
        timer.cancel()
        resolve()
      }
      const timer = clock.setTimer(() => {
        waiting.delete(granted)
        reject(databaseShareBusy())
      }, waitMs)
      waiting.add(granted)
    })
  }

  /** Passes the place on, or frees it. */
  function leave(): void {
    const [next] = waiting
    if (next === undefined) {
      inUse -= 1
      return
    }
    waiting.delete(next)
    next()
  }

  const share: DatabaseShare = {
    async connect() {
      await enter()
      try {
        const client = await pool.connect().catch((error: unknown) => {
          throw databaseAway(error)
        })
        return {
          query: (text, values) => client.query<never>(text, values).catch(unlessAway) as never,
          release(destroy) {
            client.release(destroy)
            leave()
          }
        }
      } catch (error) {
        leave()
        throw error
      }
    },

    async query(text, values) {
      try {
        return await inTransaction(share, (client) => client.query(text, values), `; ${settings}`)
      } catch (error) {
        throw unlessTooSlow(error)
      }
    },

    async queryAtOnce<Row extends QueryResultRow>(text: string) {
      const client = await share.connect()
      let failed = true
      try {
        // One result for each statement, whatever the types say.
        const results = (await client.query(`${settings}; ${text}`)) as unknown as QueryResult<Row>[]
        failed = false
        return results.at(-1) as QueryResult<Row>
      } catch (error) {
        throw unlessTooSlow(error)
      } finally {
        // One on which something failed may be broken.
        client.release(failed)
      }
    }
  }
  return share
}
