import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { within } from '../../platform/within.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import {
  storeDegradedModes,
  type DegradedFacts,
  type DegradedMode,
  type LivedThrough
} from '../../resources/records/degraded-modes.ts'
import type { Condition } from '../metrics/condition.ts'
import { degradedModesOf, worseFacts } from './degraded-modes.ts'
import { unsavedFile } from './unsaved-file.ts'

interface RecorderOptions {
  condition: () => Promise<Condition>
  db: Queryable
  clock: Clock
  instanceId: string
  replica: string
  dataDir: string
  log: JournalLog
}

export interface DegradedRecorder {
  /** Takes up what an earlier life has left, and looks from then on. */
  start: () => Promise<void>
  /** What lasts now. */
  current: () => { mode: DegradedMode; beganAt: number; facts: DegradedFacts }[]
  /** What lasts is over, as far as this process can tell. */
  close: () => Promise<void>
}

const LOOK_MS = 1000
/** So much may be missing at the end of one that a kill has cut. */
const KEEP_MS = 10_000
/** In memory, while they cannot be stored. */
const MOST_UNSAVED = 100
const CLOSE_MS = 2000

/** Puts on record what a process has lived through: in the data folder while the database is away, and in the database when it is over. */
export function createDegradedRecorder(options: RecorderOptions): DegradedRecorder {
  const { condition, db, clock, instanceId, replica, log } = options
  const file = unsavedFile(options.dataDir)
  /** Seen once: it is one when it is seen again. */
  const suspected = new Map<DegradedMode, number>()
  const lasting = new Map<DegradedMode, LivedThrough>()
  let over: LivedThrough[] = []
  let keptAt = -Infinity
  let isKept = true
  let isWritable = true
  let closed = false
  let looking: Promise<void> = Promise.resolve()
  let timer: Timer | null = null

  function planLook(): void {
    timer = clock.setTimer(() => {
      looking = look().finally(() => {
        if (!closed) planLook()
      })
    }, LOOK_MS)
  }

  async function look(): Promise<void> {
    try {
      const now = await condition()
      // It takes nothing any more because it ends.
      if (now.phase === 'closing') return
      note(degradedModesOf(now))
      if (now.database === 'ok') await save()
      const isStale = lasting.size > 0 && clock.uptime() - keptAt >= KEEP_MS
      if (!isKept || isStale) await keep()
    } catch (err) {
      log.warn({ err }, 'what is away now cannot be put on record')
    }
  }

  function note(modes: ReadonlyMap<DegradedMode, DegradedFacts>): void {
    const now = clock.now()
    for (const [mode, facts] of modes) {
      const known = lasting.get(mode)
      const since = suspected.get(mode)
      if (known !== undefined) Object.assign(known, { endedAt: latest(known, now), facts: worseFacts(known.facts, facts) })
      else if (since === undefined) suspected.set(mode, now)
      else begin(mode, since, facts)
    }
    for (const mode of suspected.keys()) if (!modes.has(mode)) suspected.delete(mode)
    for (const mode of lasting.keys()) if (!modes.has(mode)) end(mode, now)
  }

  /** The clock may have been set back. */
  const latest = ({ endedAt }: LivedThrough, now: number) => Math.max(endedAt, now)

  function begin(mode: DegradedMode, beganAt: number, facts: DegradedFacts): void {
    const endedAt = Math.max(beganAt, clock.now())
    suspected.delete(mode)
    lasting.set(mode, { id: randomUUID(), mode, instanceId, replica, beganAt, endedAt, isCut: true, facts })
    isKept = false
  }

  function end(mode: DegradedMode, now: number): void {
    const known = lasting.get(mode)!
    lasting.delete(mode)
    over.push({ ...known, endedAt: latest(known, now), isCut: false })
    over = over.slice(-MOST_UNSAVED)
    isKept = false
  }

  async function save(): Promise<void> {
    if (over.length === 0) return
    const saved = over
    await storeDegradedModes(db, saved)
    over = over.filter((one) => !saved.includes(one))
    isKept = false
  }

  /** For the next life of this folder: what lasts still is cut for it. */
  async function keep(): Promise<void> {
    keptAt = clock.uptime()
    try {
      await file.write([...over, ...lasting.values()])
      isKept = true
      isWritable = true
    } catch (err) {
      if (isWritable) log.warn({ err }, 'what is away now is kept in memory only: the data folder cannot be written')
      isWritable = false
    }
  }

  /** What lasts is over here, and not stored is left to the next life. */
  async function finish(): Promise<void> {
    await looking
    over = [...over, ...lasting.values()].slice(-MOST_UNSAVED)
    lasting.clear()
    await save().catch((err: unknown) => log.warn({ err }, 'what was away is put on record at the next start'))
    await keep()
  }

  return {
    async start() {
      over = (await file.read()).slice(-MOST_UNSAVED)
      planLook()
    },
    current: () => [...lasting.values()].map(({ mode, beganAt, facts }) => ({ mode, beganAt, facts })),
    async close() {
      closed = true
      timer?.cancel()
      await within(clock, CLOSE_MS, finish())
    }
  }
}
