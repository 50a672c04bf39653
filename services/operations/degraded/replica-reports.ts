import type { Clock, Timer } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { within } from '../../platform/within.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import { forgetOldReplicas, storeReplicaReport, type ReplicaReport } from '../../resources/records/replica-reports.ts'

interface ReportsOptions {
  db: Queryable
  clock: Clock
  instanceId: string
  replica: string
  read: () => Omit<ReplicaReport, 'isLast'>
  log: Pick<JournalLog, 'warn'>
}

export interface ReplicaReports {
  start: () => void
  /** Says the last, when all has been settled that could be. */
  close: () => Promise<void>
}

/** As often as a claim on the database is renewed; at once when it begins or ends to serve without something. */
const EVERY_MS = 10_000
const LOOK_MS = 1000
const CLOSE_MS = 2000

const namesOf = ({ degraded }: Omit<ReplicaReport, 'isLast'>) => degraded.map(({ mode }) => mode).join()

/** Tells the database now and then how this replica is, so that any other can show it, also when this one is gone. */
export function createReplicaReports({ db, clock, instanceId, replica, read, log }: ReportsOptions): ReplicaReports {
  let timer: Timer | null = null
  let telling: Promise<void> = Promise.resolve()
  let isClosed = false
  let isHeard = true
  let toldAt = -Infinity
  let toldOf = ''

  async function tell(isLast: boolean): Promise<void> {
    const report = read()
    const degraded = namesOf(report)
    if (!isLast && clock.uptime() - toldAt < EVERY_MS && degraded === toldOf) return
    toldAt = clock.uptime()
    toldOf = degraded
    try {
      await storeReplicaReport(db, { instanceId, replica }, { ...report, isLast })
      isHeard = true
    } catch (err) {
      // While the database is away others say so already.
      if (isHeard) log.warn({ err }, 'this replica cannot tell the others how it is')
      isHeard = false
    }
  }

  function plan(): void {
    timer = clock.setTimer(() => {
      telling = tell(false).finally(() => {
        if (!isClosed) plan()
      })
    }, LOOK_MS)
  }

  async function begin(): Promise<void> {
    await tell(false)
    await forgetOldReplicas(db).catch(() => {})
    if (!isClosed) plan()
  }

  return {
    start() {
      telling = begin()
    },
    async close() {
      isClosed = true
      timer?.cancel()
      await within(
        clock,
        CLOSE_MS,
        telling.then(() => tell(true))
      )
    }
  }
}
