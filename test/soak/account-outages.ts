import { modelFamily } from '../../services/gateway/accounts/model-family.ts'
import { accountsFor, TIMES, type SoakAccount } from './scenario.ts'
import type { SoakTokenEndpoint } from './token-endpoint.ts'
import type { PlannedRequest } from './requests.ts'
import type { Call, Cause, UpstreamBook } from './upstream-book.ts'

/** On a machine that never stands still. */
const GRACE_MS = 300
/** A sign-in that could not be renewed is tried again after this. */
const RENEWAL_RETRY_MS = 30_000
const MOST_IN_A_ROW = 100

export interface Outages {
  /** What is told at one end is known at the other so much later, and a call may be on its way. */
  graceMs: number
  /** Whether the gateway may hold that the account is out for the model at that instant: generously. */
  mayBeOut: (account: SoakAccount, model: string, at: number) => boolean
  /** The same for all but overloads, for which the last account is not spared. */
  mayBeOutForItself: (account: SoakAccount, model: string, at: number) => boolean
  /** Renewing its sign-in may fail: such an attempt never reaches the upstream. */
  mayFailUnseen: (account: SoakAccount, at: number) => boolean
  /** Why the account must not be called for the model at that instant: strictly. Null when it may be. */
  mustBeOut: (account: SoakAccount, request: PlannedRequest, at: number) => string | null
}

/**
 * When accounts were out, from the upstream's book alone. To be asked when the run is over, in which either end may have stood
 * still for `lateMs`.
 */
export function createOutages(book: UpstreamBook, tokens: SoakTokenEndpoint, lateMs: number): Outages {
  const graceMs = GRACE_MS + 2 * lateMs
  /** Calls that run side by side may be heard of in another order than they happened in. */
  const reorderMs = graceMs / 2
  const breakers = new Map<string, BreakerEvent[]>()
  const callsOfRequest = Map.groupBy(book.calls, ({ request }) => request)

  function breakerEventsOf({ name }: SoakAccount): BreakerEvent[] {
    let events = breakers.get(name)
    if (events === undefined) {
      events = book
        .callsOf(name)
        .flatMap(eventsOf)
        .toSorted((a, b) => a.at - b.at)
      breakers.set(name, events)
    }
    return events
  }

  function eventsOf(call: Call): BreakerEvent[] {
    const { account, fault, request, at, endedAt } = call
    const others = book.callsOf(account.name).filter((other) => other !== call && other.request === request)
    if (account.type === 'oauth' && (fault.kind === 'stale' || fault.kind === 'revoked')) {
      // Without a repeat the renewal may have failed, which is the account's failure.
      return others.length > 0 ? [] : [{ at: endedAt, kind: 'maybe' }]
    }
    // A request that has failed before may be to blame itself.
    const isFirst = (callsOfRequest.get(request) ?? []).every((other) => other === call || other.at > at)
    return breakerEvents(call, isFirst)
  }

  const covering = (account: SoakAccount, model: string) => book.causesOf(account.name).filter((cause) => covers(cause, model))

  function mayBeCooling(account: SoakAccount, model: string, at: number, kinds: (kind: Cause['kind']) => boolean): boolean {
    return covering(account, model).some(
      ({ kind, from, until }) => kinds(kind) && from - graceMs <= at && at <= until + graceMs
    )
  }

  /** So many failures in a row that the breaker may be open, and not long enough ago that somebody must have probed. */
  function breakerMayBeOpen(account: SoakAccount, at: number): boolean {
    const before = breakerEventsOf(account).filter(({ at: then, kind }) => kind !== 'begun' && then <= at + reorderMs)
    let later = at
    let last: number | null = null
    let failures = 0
    for (const event of before.toReversed()) {
      if (event.kind === 'alive') {
        const earlier = before.findLast((other) => other.kind !== 'alive' && other.at <= event.at)
        const isBetween = event.at < later - reorderMs && (earlier === undefined || earlier.at < event.at - reorderMs)
        if (isBetween) break
        continue
      }
      last ??= event.at
      later = event.at
      if (++failures === MOST_IN_A_ROW) break
    }
    if (last === null || failures < TIMES.breakerFailures) return false
    const longestMs = Math.min(TIMES.breakerOpenMs * 2 ** (failures - TIMES.breakerFailures), TIMES.overloadCooldownMs)
    const isProbed = book.callsOf(account.name).some((call) => call.at <= at && at <= call.endedAt + graceMs)
    return isProbed || at <= last + longestMs + graceMs
  }

  function mayFailUnseen(account: SoakAccount, at: number): boolean {
    return (tokens.failedAt.get(account.name) ?? []).some((failed) => failed <= at && at <= failed + RENEWAL_RETRY_MS + graceMs)
  }

  function mayBeOutForItself(account: SoakAccount, model: string, at: number): boolean {
    return (
      mayBeCooling(account, model, at, (kind) => kind !== 'overloaded') ||
      breakerMayBeOpen(account, at) ||
      mayFailUnseen(account, at)
    )
  }

  /** A model is held to be forbidden at an account only when another one has answered the same request. */
  function isConfirmed(account: SoakAccount, { kind, request }: Cause, at: number): boolean {
    if (kind !== 'forbidden') return true
    return (callsOfRequest.get(request) ?? []).some(
      (other) =>
        other.account !== account &&
        other.fault.end === 'response' &&
        other.fault.kind !== 'bad-request' &&
        other.endedAt + graceMs < at
    )
  }

  /** A response that began behind the cause, or about when it was told, and says that the limits let requests pass. */
  function isLifted(account: SoakAccount, { kind, from }: Cause, at: number): boolean {
    if (kind !== 'rate_limit') return false
    return book
      .callsOf(account.name)
      .some(({ fault, responseAt }) => fault.saysAllowed && from - graceMs <= responseAt && responseAt <= at)
  }

  function mayBeOut(account: SoakAccount, model: string, at: number): boolean {
    return mayBeOutForItself(account, model, at) || mayBeCooling(account, model, at, (kind) => kind === 'overloaded')
  }

  /** An overload is the whole API's: it takes no account out, and keeps none away, where nothing else is left. */
  function isSpared(account: SoakAccount, told: Cause, request: PlannedRequest, at: number): boolean {
    const isLastFor = ({ email, group, model }: PlannedRequest, instant: number) =>
      accountsFor(email, group, model).every((other) => other === account || mayBeOut(other, model, instant))
    return told.kind === 'overloaded' && (isLastFor(told.request, told.from) || isLastFor(request, at))
  }

  /** Of an overload only the time before its probe is certain; and a credential is tried once more before it is in error. */
  function certainEnd({ kind, from, until }: Cause): number {
    if (kind === 'error') return from + TIMES.cooldownMinMs - graceMs
    const told = kind === 'overloaded' ? from + (until - from) / 2 : until
    // A cooldown that is in force is not made longer by a little.
    return told === Infinity ? told : told - Math.min((until - from) / 20, 1000) - 20
  }

  /** Only when it is clear which failure has opened it: the last that was needed behind a whole response, and nothing since. */
  function breakerMustBeOpen(account: SoakAccount, at: number): string | null {
    const told = breakerEventsOf(account).filter((event) => event.at <= at)
    const counted = told.filter(({ kind }) => kind !== 'begun')
    const resetAt = counted.findLastIndex(({ kind }) => kind !== 'failed')
    const reset = counted[resetAt]
    const row = counted.slice(resetAt + 1)
    const [first] = row
    const opening = row[TIMES.breakerFailures - 1]
    if (reset?.kind !== 'alive' || first === undefined || opening === undefined) return null
    if (at <= opening.at + graceMs || at >= opening.at + TIMES.breakerOpenMs - 20) return null
    const isClear = reset.at < first.at - reorderMs && !hasBeenCleared(account, reset.at, at)
    const isClosed = told.some(({ kind, at: then }) => kind === 'begun' && then >= opening.at - reorderMs)
    return isClear && !isClosed ? `its breaker is open since its failure at ${clock(opening.at)}` : null
  }

  function hasBeenCleared({ name }: SoakAccount, from: number, to: number): boolean {
    return (book.clearedAt.get(name) ?? []).some((cleared) => from <= cleared && cleared <= to)
  }

  return {
    graceMs,
    mayBeOut,
    mayBeOutForItself,
    mayFailUnseen,
    mustBeOut(account, request, at) {
      const cause = covering(account, request.model).find(
        (told) =>
          told.from + graceMs < at &&
          at < certainEnd(told) &&
          isConfirmed(account, told, at) &&
          !isLifted(account, told, at) &&
          !isSpared(account, told, request, at)
      )
      if (cause !== undefined) return `${cause.kind} ${cause.scope} since ${clock(cause.from)} until ${clock(cause.until)}`
      return breakerMustBeOpen(account, at)
    }
  }
}

export const clock = (at: number) => (Number.isFinite(at) ? new Date(at).toISOString().slice(11, 23) : 'an operator says so')

interface BreakerEvent {
  at: number
  /** `begun`: a response has begun, which may close the breaker; `alive`: it was whole, so the next failure is the first. */
  kind: 'begun' | 'alive' | 'failed' | 'maybe'
}

/** What a call tells the breaker. */
function breakerEvents({ fault, begunAt, endedAt, request }: Call, isFirst: boolean): BreakerEvent[] {
  const begun: BreakerEvent[] = fault.end === 'nothing' || begunAt === Infinity ? [] : [{ at: begunAt, kind: 'begun' }]
  // What of it has reached a client that leaves is not known here.
  const isCertain = request.hangUp === null
  if (fault.failure !== 'no') {
    return [...begun, { at: endedAt, kind: fault.failure === 'yes' && isCertain && isFirst ? 'failed' : 'maybe' }]
  }
  return fault.end === 'response' ? [...begun, { at: endedAt, kind: isCertain ? 'alive' : 'maybe' }] : begun
}

function covers({ scope }: Cause, model: string): boolean {
  return scope === '' || scope === model || scope === modelFamily(model)
}
