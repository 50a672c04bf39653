import {
  addToWindow,
  windowAt,
  type QuotaLimits,
  type QuotaWindow,
  type WindowKind,
  type WindowPolicy
} from './quota-windows.ts'

/** More for a while: it is added to the limit of its kind of window, where there is one, until then (epoch milliseconds). */
export interface BudgetRaise {
  kind: WindowKind
  amountNano: bigint
  until: number
}

/** A limit by kind of window, and what it is raised by. */
export interface RaisableLimits {
  limits: QuotaLimits
  raises: readonly BudgetRaise[]
}

export interface MemberTerms {
  /** What the others cannot use up; null or absent: nothing is held for this member. */
  guaranteed: QuotaLimits
  /** What this member cannot go beyond. */
  cap: RaisableLimits
}

/** What a team may be charged: as people have set it. */
export interface TeamTerms {
  pool: RaisableLimits
  /** By user id. */
  members: ReadonlyMap<string, MemberTerms>
}

/** What a team was charged: moved by each settlement. Who was never charged anything may be left out. */
export interface TeamSpending {
  /** Day, week and month of the whole team. */
  windows: readonly QuotaWindow[]
  /** The same of its members, by user id. */
  members: ReadonlyMap<string, readonly QuotaWindow[]>
}

/** A kind of window as it stands for one member, in nano-dollars; a limit is null where there is none, and has its raises in it. */
export interface TeamStanding {
  kind: WindowKind
  /** Epoch milliseconds. */
  startsAt: number
  endsAt: number
  pool: { limitNano: bigint | null; usedNano: bigint }
  member: { guaranteedNano: bigint; capNano: bigint | null; usedNano: bigint }
  /** What of the pool is kept for the other members: their guarantees, less what they have used. */
  heldNano: bigint
}

type TeamRefusalCause = { by: 'cap' | 'pool'; kind: WindowKind; resetsAt: number; usedNano: bigint; limitNano: bigint }

const KINDS = ['day', 'week', 'month'] as const

/** The limit with the raises that are in force at `at`; null where there is no limit to raise. */
export function raisedLimit({ limits, raises }: RaisableLimits, kind: WindowKind, at: number): bigint | null {
  const limit = limits[kind] ?? null
  if (limit === null) return null
  return raises.reduce((sum, raise) => (raise.kind === kind && at < raise.until ? sum + raise.amountNano : sum), limit)
}

/**
 * How day, week and month stand for a member at `at`. `policy` is the team's, which is of anchor `calendar`. All windows of one kind are
 * looked at in the latest of them: where a clock was ahead, one member would otherwise be judged by another day than the pool.
 */
export function teamStandings(
  terms: TeamTerms,
  spending: TeamSpending,
  userId: string,
  policy: WindowPolicy,
  at: number
): TeamStanding[] {
  return KINDS.flatMap((kind): TeamStanding[] => {
    const of = (windows: readonly QuotaWindow[] | undefined) =>
      windows?.find((window) => window.kind === kind) ?? { kind, startedAt: null, usedNano: 0n }
    const pool = of(spending.windows)
    const members = new Map([...spending.members].map(([id, windows]) => [id, of(windows)]))
    const instant = [pool, ...members.values()].reduce((latest, { startedAt }) => Math.max(latest, startedAt ?? latest), at)
    const { startsAt, endsAt, usedNano } = windowAt(pool, policy, instant)
    if (startsAt === null || endsAt === null) return []
    const usedBy = (id: string) => windowAt(members.get(id) ?? of(undefined), policy, instant).usedNano
    let heldNano = 0n
    for (const [id, { guaranteed }] of terms.members) {
      const left = id === userId ? 0n : (guaranteed[kind] ?? 0n) - usedBy(id)
      if (left > 0n) heldNano += left
    }
    const own = terms.members.get(userId)
    return [
      {
        kind,
        startsAt,
        endsAt,
        pool: { limitNano: raisedLimit(terms.pool, kind, at), usedNano },
        member: {
          guaranteedNano: own?.guaranteed[kind] ?? 0n,
          capNano: own === undefined ? null : raisedLimit(own.cap, kind, at),
          usedNano: usedBy(userId)
        },
        heldNano
      }
    ]
  })
}

/**
 * Which limit keeps the member from being charged more in this window; null while none does. What others leave idle may be used, what is
 * guaranteed to them may not, and what is guaranteed to the member may be used whatever the others have done.
 */
export function refusedBy({ pool, member, heldNano }: TeamStanding): 'cap' | 'pool' | null {
  if (member.capNano !== null && member.usedNano >= member.capNano) return 'cap'
  if (pool.limitNano === null || member.usedNano < member.guaranteedNano) return null
  return pool.usedNano + heldNano < pool.limitNano ? null : 'pool'
}

/** What the member may still be charged in this window: 0 where it refuses, null where nothing limits it. */
export function memberRemainingNano({ pool, member, heldNano }: TeamStanding): bigint | null {
  const larger = (a: bigint, b: bigint) => (a > b ? a : b)
  const ofPool =
    pool.limitNano === null ? null : larger(member.guaranteedNano - member.usedNano, pool.limitNano - pool.usedNano - heldNano)
  const ofCap = member.capNano === null ? null : member.capNano - member.usedNano
  const least = ofPool === null ? ofCap : ofCap === null || ofPool < ofCap ? ofPool : ofCap
  return least === null ? null : larger(0n, least)
}

/**
 * May the member be charged more at `at`? To have what is not settled yet, or reserved, count, give it a `spending` to which
 * `addToTeam` has added it. Of several refusals the one that lasts longest; null when there is none.
 */
export function teamRefusalOf(
  terms: TeamTerms,
  spending: TeamSpending,
  userId: string,
  policy: WindowPolicy,
  at: number
): TeamRefusalCause | null {
  let longest: TeamRefusalCause | null = null
  for (const standing of teamStandings(terms, spending, userId, policy, at)) {
    const by = refusedBy(standing)
    if (by === null || (longest !== null && longest.resetsAt >= standing.endsAt)) continue
    const { kind, endsAt: resetsAt, pool, member } = standing
    const [usedNano, limitNano] = by === 'cap' ? [member.usedNano, member.capNano!] : [pool.usedNano, pool.limitNano!]
    longest = { by, kind, resetsAt, usedNano, limitNano }
  }
  return longest
}

/** The spending after a member was charged for an event of the instant `eventAt`: it counts in the pool and in the member's own windows. */
export function addToTeam(
  { windows, members }: TeamSpending,
  policy: WindowPolicy,
  userId: string,
  eventAt: number,
  chargedNano: bigint
): TeamSpending {
  const add = (window: QuotaWindow) => addToWindow(window, policy, eventAt, chargedNano)
  const own = members.get(userId) ?? KINDS.map((kind): QuotaWindow => ({ kind, startedAt: null, usedNano: 0n }))
  return { windows: windows.map(add), members: new Map(members).set(userId, own.map(add)) }
}
