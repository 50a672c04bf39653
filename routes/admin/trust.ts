import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { formatUsd } from '../../services/money/prices/money.ts'
import { meanwhile } from '../../services/operations/degraded/degraded-modes.ts'
import { DAY_MS } from '../../services/platform/database/partitions.ts'
import { readAuditHead } from '../../services/resources/records/audit-log.ts'
import {
  DEGRADED_MODES,
  pageDegradedModes,
  type DegradedFacts,
  type DegradedMode,
  type LivedThrough
} from '../../services/resources/records/degraded-modes.ts'
import { listReconciledDays, type StoredDay } from '../../services/resources/records/reconciled-days.ts'
import { listReplicas, type KnownReplica } from '../../services/resources/records/replica-reports.ts'
import type { Totals } from '../../services/resources/records/usage-verification.ts'
import { pageVerifications, type VerificationState } from '../../services/resources/records/verifications.ts'
import { chainOnWire, VerifiedChain } from './audit-log.ts'
import { listing, pageRequest, pageResponse, PAGING, TIMES, timesOf } from './paging.ts'
import { closed, TextOrNull } from './schemas.ts'
import { ListedVerification, onList, ShownVerification, withDrifts } from './verifications.ts'
import { toTime, toTimeOrNull } from '../../services/platform/timestamps.ts'

const Count = Type.Integer()
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

const Query = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 400, description: 'an integer from 1 to 400: so many days back, today among them' })
    )
  },
  closed
)
const DEFAULT_DAYS = 30

const Sums = Type.Object({ requests: Count, cost_usd: Type.String(), charged_usd: Type.String() })
const Day = Type.Object({
  day: Type.String({ description: 'of UTC' }),
  verified_at: Type.String(),
  agrees: Type.Boolean(),
  found: Type.Integer({ description: 'how many of its values drifted' }),
  events: Sums,
  hourly: Sums,
  daily: Sums,
  balances: Type.Object({
    charged_usd: Type.String({ description: 'what events charged to balances when they were settled' }),
    ledger_usd: Type.String({ description: 'what their ledger entries took' }),
    summed_up: Type.Integer({ description: 'events left out of both, since a checkpoint has taken the place of their entries' })
  })
})

const Mode = Type.Enum(DEGRADED_MODES)
const MODE = {
  mode: Mode,
  began_at: Type.String(),
  meanwhile: Type.String({ description: 'what Sluice did meanwhile' }),
  journal_bytes: orNull(Type.Integer({ description: 'at its worst' })),
  oldest_age_ms: orNull(Type.Integer({ description: 'at its worst' }))
}
const Lived = Type.Object({
  id: Type.String(),
  ...MODE,
  replica: Type.String(),
  ended_at: Type.String(),
  cut: Type.Boolean({ description: 'the process was stopped or gone while it lasted: it is known up to then' })
})

const Replica = Type.Object({
  instance_id: Type.String(),
  name: Type.String(),
  live: Type.Boolean(),
  stopped: Type.Boolean({ description: 'it is gone, and has stopped in order' }),
  reported_at: TextOrNull,
  version: TextOrNull,
  journal: orNull(
    Type.Object({
      bytes: Count,
      segments: Count,
      unsettled: Type.Integer({ description: 'attempts that are over but not on record' }),
      in_flight: Count,
      oldest_at: TextOrNull,
      accepting: Type.Boolean()
    })
  ),
  degraded: Type.Array(Type.Object(MODE))
})

const Trust = Type.Object({
  at: Type.String(),
  ledger: Type.Object({
    last: Type.Union([ShownVerification, Type.Null()], { description: 'the last verification that came to its end' }),
    running: orNull(ListedVerification)
  }),
  audit_chain: Type.Object({
    seq: Type.String(),
    hash: Type.String(),
    last_entry_at: TextOrNull,
    old_entries: Count,
    verified: Type.Union([Type.Object({ at: Type.String(), ...VerifiedChain.properties }), Type.Null()])
  }),
  replicas: Type.Array(Replica),
  days: Type.Array(Day)
})

/** What shows that the books are right, and what they have been through. */
const trust: FastifyPluginAsyncTypebox = async (app) => {
  const db = app.adminDatabase

  app.get(
    '/trust',
    {
      schema: {
        summary: 'Shows how the last verification of the books went, their sums by day, and the journals',
        querystring: Query,
        response: { 200: Trust }
      }
    },
    async ({ query: { days = DEFAULT_DAYS } }) => {
      const now = app.clock.now()
      const today = Math.floor(now / DAY_MS) * DAY_MS
      const [last, running, head, replicas, reconciled] = await Promise.all([
        newest(['agrees', 'drifted']),
        newest(['running']),
        readAuditHead(db),
        listReplicas(db),
        listReconciledDays(db, today - (days - 1) * DAY_MS)
      ])
      return {
        at: toTime(now),
        ledger: { last: last === null ? null : withDrifts(last), running: running === null ? null : onList(running) },
        audit_chain: {
          seq: head.seq,
          hash: head.hash,
          last_entry_at: timeOrNull(head.lastAt),
          old_entries: head.oldEntries,
          verified:
            last?.audit === null || last === null
              ? null
              : { at: toTime(last.endedAt ?? last.startedAt), ...chainOnWire(last.audit) }
        },
        replicas: replicas.map((replica) =>
          replicaOnWire(app.instanceId === replica.instanceId ? ownOf(replica, now) : replica)
        ),
        days: reconciled.map(dayOnWire)
      }
    }
  )

  app.get(
    '/degraded-modes',
    listing(
      'Lists when something was away and a replica served without it, newest first',
      Lived,
      Type.Object({ ...PAGING, ...TIMES }, closed)
    ),
    ({ query }) => pageResponse(pageDegradedModes(db, timesOf(query, app.clock.now()), pageRequest(query)), livedOnWire)
  )

  async function newest(states: VerificationState[]) {
    const { rows } = await pageVerifications(db, { states }, { limit: 1, cursor: null })
    return rows[0] ?? null
  }

  /** What this process says of itself is of now. */
  const ownOf = (replica: KnownReplica, now: number): KnownReplica => ({
    ...replica,
    replica: app.replicaName,
    reportedAt: now,
    report: { ...app.replicaReport(), isLast: false }
  })
}

const timeOrNull = (at: number | null) => toTimeOrNull(at)

const replicaOnWire = ({ instanceId, replica, isLive, reportedAt, report }: KnownReplica) => ({
  instance_id: instanceId,
  name: replica,
  live: isLive,
  stopped: !isLive && report?.isLast === true,
  reported_at: timeOrNull(reportedAt),
  version: report?.version ?? null,
  journal:
    report === null
      ? null
      : {
          bytes: report.journal.bytes,
          segments: report.journal.segments,
          unsettled: report.journal.unsettled,
          in_flight: report.journal.inFlight,
          oldest_at: timeOrNull(report.journal.oldestAt),
          accepting: report.journal.accepting
        },
  degraded: report?.degraded.map(modeOnWire) ?? []
})

const modeOnWire = ({ mode, beganAt, facts }: { mode: DegradedMode; beganAt: number; facts: DegradedFacts }) => ({
  mode,
  began_at: toTime(beganAt),
  meanwhile: meanwhile(mode, facts),
  journal_bytes: facts.journalBytes ?? null,
  oldest_age_ms: facts.oldestAgeMs ?? null
})

const livedOnWire = (lived: LivedThrough) => ({
  id: lived.id,
  ...modeOnWire(lived),
  replica: lived.replica,
  ended_at: toTime(lived.endedAt),
  cut: lived.isCut
})

const sumsOnWire = ({ requests, costNano, chargedNano }: Totals) => ({
  requests,
  cost_usd: formatUsd(costNano),
  charged_usd: formatUsd(chargedNano)
})

const dayOnWire = ({ day, verifiedAt, found, events, hourly, daily, chargedNano, enteredNano, summedUp }: StoredDay) => ({
  day: toTime(day).slice(0, 'yyyy-mm-dd'.length),
  verified_at: toTime(verifiedAt),
  agrees: found === 0,
  found,
  events: sumsOnWire(events),
  hourly: sumsOnWire(hourly),
  daily: sumsOnWire(daily),
  balances: { charged_usd: formatUsd(chargedNano), ledger_usd: formatUsd(enteredNano), summed_up: summedUp }
})

export default trust
