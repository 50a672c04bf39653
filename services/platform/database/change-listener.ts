import pg from 'pg'
import type { Clock, Timer } from '../clock.ts'

/** What a notice is about: see migrations/0004-change-notices.sql 0011, 0013 and 0040. */
export type ChangeTopic = 'directory' | 'accounts' | 'profiles' | 'prices' | 'settings' | 'pauses'

export const CHANGE_TOPICS: readonly ChangeTopic[] = ['directory', 'accounts', 'profiles', 'prices', 'settings', 'pauses']

const CHANNEL = 'sluice_changes'

interface ChangeListenerOptions {
  connectionString: string
  clock: Clock
  onChange: (topic: ChangeTopic) => void
  /** The connection broke, or could not be made; it is tried again until it can. Told once each time it goes. */
  onAway: (error: unknown) => void
  /** The first pause after a failure; it doubles up to ten times that. */
  retryMs?: number
  /** How often a silent connection is asked whether it still is one. */
  checkMs?: number
}

interface ChangeListener {
  close: () => Promise<void>
}

const CONNECT_TIMEOUT_MS = 3000
const CHECK_TIMEOUT_MS = 3000

/**
 * Hears what other processes have changed, over a connection of its own. Notices that came while there was none are lost, so
 * each time it is there (again) everything counts as changed.
 */
export function listenForChanges(options: ChangeListenerOptions): ChangeListener {
  const { connectionString, clock, onChange, onAway, retryMs = 250, checkMs = 10_000 } = options
  let client: pg.Client | null = null
  let timer: Timer | null = null
  let failures = 0
  let isClosed = false

  function isTopic(text: string | undefined): text is ChangeTopic {
    return CHANGE_TOPICS.some((topic) => topic === text)
  }

  async function connect(): Promise<void> {
    const own = new pg.Client({
      connectionString,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CHECK_TIMEOUT_MS,
      keepAlive: true
    })
    own.on('error', (error) => lose(own, error))
    own.on('end', () => lose(own, new Error('the connection ended')))
    own.on('notification', ({ payload }) => {
      if (isTopic(payload)) onChange(payload)
    })
    client = own
    try {
      await own.connect()
      await own.query(`listen ${CHANNEL}`)
    } catch (error) {
      lose(own, error)
      return
    }
    if (client !== own) return
    failures = 0
    for (const topic of CHANGE_TOPICS) onChange(topic)
    plan(() => void check(own), checkMs)
  }

  /** Nothing else is ever asked on this connection, so that one that leads nowhere would stay unnoticed. */
  async function check(own: pg.Client): Promise<void> {
    try {
      await own.query('select 1')
      if (client === own) plan(() => void check(own), checkMs)
    } catch (error) {
      lose(own, error)
    }
  }

  function lose(own: pg.Client, error: unknown): void {
    if (client !== own) return
    client = null
    void own.end().catch(() => {})
    if (isClosed) return
    failures += 1
    if (failures === 1) onAway(error)
    plan(() => void connect(), Math.min(retryMs * 2 ** (failures - 1), 10 * retryMs))
  }

  function plan(work: () => void, delayMs: number): void {
    timer?.cancel()
    timer = clock.setTimer(work, delayMs)
  }

  void connect()

  return {
    async close() {
      isClosed = true
      timer?.cancel()
      const own = client
      client = null
      await own?.end().catch(() => {})
    }
  }
}
