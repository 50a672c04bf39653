import type { Clock } from '../../platform/clock.ts'
import { paused } from '../../platform/gateway-errors.ts'
import { formatUsd } from '../../money/prices/money.ts'
import { BRAKE_SCOPES, brakesOf, type Brakes, type BrakeScope, type BrakeWishes } from '../../resources/brakes/brake-fields.ts'
import type { TrippedBrake } from '../../resources/records/pauses.ts'
import type { Exchange } from '../request/exchange.ts'
import type { BrakeCounts, CountReply, SumAsk } from './brake-counts.ts'
import { brakeSubjectOf, knownName, subjectName, withinScope, type BrakeSubject, type Seal } from './brake-subject.ts'
import type { PauseBook } from './pause-book.ts'
import { createTurnMarks, type TurnMark } from './turn-mark.ts'

const MINUTE_MS = 60_000
const WHOSE = { key: 'the key', session: 'the session', agent: 'the agent' } as const

/** A brake that was reached. */
export interface ReachedBrake extends TrippedBrake {
  subject: BrakeSubject
  /** Null: until somebody resumes it. */
  pauseMs: number | null
}

interface BrakesOptions {
  clock: Clock
  counts: BrakeCounts
  book: PauseBook
  seal: Seal
  /** What holds for keys that say nothing else. */
  defaults: () => BrakeWishes
  /** Tells operators, once each time. */
  onWarn: (brake: ReachedBrake) => void
  /** Pauses what was reached. */
  onPause: (brake: ReachedBrake) => void
  onFault: (error: unknown) => void
}

/** A sum that is looked at, and what it stands for. */
interface Look extends SumAsk {
  kind: 'spend' | 'requests'
  scope: BrakeScope
  subject: BrakeSubject
}

/**
 * Stops what runs away: sessions and keys that spend or ask too fast, or say the same over and over. What is under way is let finish.
 */
export function createBrakes(options: BrakesOptions) {
  const { clock, counts, book, seal, defaults, onWarn, onPause, onFault } = options
  const turnMarkOf = createTurnMarks(seal)
  let common: { from: BrakeWishes; brakes: Brakes } | null = null

  function brakesFor({ client: { key } }: Exchange): Brakes {
    const from = defaults()
    if (key.brakes !== null) return brakesOf(key.brakes, from)
    if (common?.from !== from) common = { from, brakes: brakesOf(null, from) }
    return common.brakes
  }

  function looksOf(kind: Look['kind'], subject: BrakeSubject, brakes: Brakes, amount: bigint): Look[] {
    const windowMs = kind === 'spend' ? brakes.spendMinutes * MINUTE_MS : MINUTE_MS
    return BRAKE_SCOPES.flatMap((scope): Look[] => {
      const within = withinScope(subject, scope)
      const limit = kind === 'spend' ? brakes.spendNano[scope] : brakes.requests[scope]
      if (within === null || limit === null) return []
      // So many requests are allowed; what spends its limit has spent it.
      const threshold = kind === 'spend' ? BigInt(limit) : BigInt(limit) + 1n
      const name = `${kind}:${windowMs}:${subjectName(within)}`
      return [{ kind, scope, subject: within, name, windowMs, amount, threshold, clears: brakes.action === 'pause' }]
    })
  }

  function reasonOf({ kind, scope, threshold, windowMs }: Look, count: bigint): string {
    if (kind === 'requests') return `${WHOSE[scope]} made ${count} requests in a minute (limit ${threshold - 1n})`
    const minutes = windowMs / MINUTE_MS
    return `${WHOSE[scope]} spent ${roundUsd(count)} USD in ${minutes === 1 ? 'a minute' : `${minutes} minutes`} (limit ${formatUsd(threshold)})`
  }

  function reached(
    exchange: Exchange,
    brakes: Brakes,
    what: Pick<ReachedBrake, 'subject' | 'kind' | 'action' | 'reason'>
  ): void {
    const { client, id: exchangeId } = exchange
    const { session, agent } = what.subject
    const brake: ReachedBrake = {
      ...what,
      userEmail: client.user.email,
      keyName: client.key.name,
      group: client.group.name,
      session,
      agent,
      exchangeId,
      pauseMs: brakes.pauseMs
    }
    if (what.action === 'pause') onPause(brake)
    else onWarn(brake)
  }

  /** Adds to sums, and pauses or tells of those that are too much now. */
  async function look(exchange: Exchange, brakes: Brakes, looks: readonly Look[]): Promise<CountReply[]> {
    const [first] = looks
    if (first === undefined) return []
    const replies = await counts.sums(first.subject.keyId, looks)
    looks.forEach((one, index) => {
      const { count, isReached, isNews } = replies[index]!
      if (!isReached || !(isNews || one.clears)) return
      const { kind, subject } = one
      reached(exchange, brakes, { subject, kind, action: brakes.action, reason: reasonOf(one, count) })
    })
    return replies
  }

  /** For the operator: what was looked at, and how it stood. */
  function note({ trace }: Exchange, looks: readonly Look[], replies: readonly CountReply[]): void {
    looks.forEach(({ kind, scope, threshold }, index) => {
      const { count, isReached } = replies[index]!
      const [used, limit] =
        kind === 'spend' ? [formatUsd(count), formatUsd(threshold)] : [String(count), String(threshold - 1n)]
      trace.limit({ name: `brake_${scope}_${kind}`, outcome: isReached ? 'refused' : 'passed', used, limit })
    })
  }

  async function refusePaused(exchange: Exchange, subject: BrakeSubject): Promise<void> {
    const found = book.holding(subject)
    if (found === null) return
    const { id, reason, until } = await book.numbered(found)
    exchange.trace.limit({ name: 'brake_pause', outcome: 'refused', detail: id === null ? reason : `${id}: ${reason}` })
    throw paused({ id, reason, leftMs: until === null ? null : until - clock.uptime() })
  }

  async function noteTurn(exchange: Exchange, brakes: Brakes, subject: BrakeSubject, { shape, mark }: TurnMark): Promise<void> {
    const { identicalTurns: limit, identicalAction: action } = brakes
    if (limit === null || book.holding(subject) !== null) return
    const name = `turns:${shape}:${subjectName(subject)}`
    const reply = await counts.run(subject.keyId, { name, mark, threshold: BigInt(limit), clears: action === 'pause' })
    if (!reply.isNews) return
    const reason = `the agent took the same turn ${reply.count} times in a row (limit ${limit})`
    reached(exchange, brakes, { subject, kind: 'identical_turns', action, reason })
  }

  return {
    /** Counts a request. Throws 429 where its key, session or agent is paused, or is by this one. */
    async check(exchange: Exchange): Promise<void> {
      const { client, headers, request } = exchange
      const subject = brakeSubjectOf(client.key.id, headers, request, seal)
      exchange.brakeSubject = subject
      await book.upToDate()
      await refusePaused(exchange, subject)
      const brakes = brakesFor(exchange)
      const looks = [...looksOf('spend', subject, brakes, 0n), ...looksOf('requests', subject, brakes, 1n)]
      const replies = await look(exchange, brakes, looks)
      note(exchange, looks, replies)
      await refusePaused(exchange, subject)
      if (brakes.identicalTurns === null || subject.session === null) return
      const turn = turnMarkOf(request)
      if (turn === null) return
      // Only what was answered whole is a turn: a client repeats what failed.
      exchange.hold(async () => {
        if (exchange.ending === 'completed' && exchange.refusal === null) {
          noteTurn(exchange, brakes, subject, turn).catch(onFault)
        }
      })
    },

    /** Whether it was paused meanwhile. Throws 429. */
    async lookAgain(exchange: Exchange): Promise<void> {
      if (exchange.brakeSubject === null) return
      await book.upToDate()
      await refusePaused(exchange, exchange.brakeSubject)
    },

    /** How many pauses hold, as far as this process knows. */
    pausesInForce: () => book.count(),

    /** A session or agent as pauses name it. */
    nameOf: (name: string) => knownName(name, seal),

    /** An attempt cost so much. What is paused already spends no more of what comes after. */
    charged(exchange: Exchange, chargedNano: bigint): void {
      const { brakeSubject: subject } = exchange
      if (subject === null || chargedNano <= 0n || book.holding(subject) !== null) return
      const brakes = brakesFor(exchange)
      look(exchange, brakes, looksOf('spend', subject, brakes, chargedNano)).catch(onFault)
    }
  }
}

const CENT = 10_000_000n

/** To the cent, where there is one. */
const roundUsd = (nano: bigint) => formatUsd(nano < CENT ? nano : (nano / CENT) * CENT)

export type BrakesCheck = ReturnType<typeof createBrakes>
