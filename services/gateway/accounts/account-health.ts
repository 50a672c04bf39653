import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../platform/clock.ts'
import { isHalfOpen, type AccountError, type AccountWindow, type Cooldown } from '../../resources/accounts/cooldowns.ts'
import { familyScope, ORIGIN_SCOPE, scopeNames, scopesOf, speedScope } from './model-family.ts'
import { createProbes, type ProbeTurn } from './probes.ts'
import { readWindows, saysAllowed } from './rate-limit-headers.ts'
import { plainReason } from './upstream-error.ts'
import { mergeWindows } from './usage-windows.ts'
import { hasAnswered, type Verdict } from './verdicts.ts'

interface HealthOptions {
  clock: Clock
  cooldownMinMs: number
  cooldownMaxMs: number
  /** Cooldown after a refusal that names no end. */
  cooldownUnnamedMs: number
  overloadCooldownMs: number
  /** This many failures in a row open the breaker. */
  breakerFailures: number
  /** How long it stays open at first; it doubles each time, up to `overloadCooldownMs`. */
  breakerOpenMs: number
  /** How long an unreachable origin is avoided. An outage that all its accounts share does not lengthen their own cooldowns. */
  originProbeMs: number
  /** In cooldowns longer than this, the account is tried once per interval: a limit may end earlier than announced. */
  cooldownProbeMs: number
  /** The accounts reached through the same origin and proxy, including this one, in the same order on every replica. */
  peersOf: (accountId: string) => readonly string[]
  /** A fraction; an account that has used more than this of a window is used last. */
  utilizationThreshold: number
}

/** Whether an account may be used for a model now. */
export type Standing =
  | { state: 'ok' }
  /** It is cooling down, but one request may probe it: see claimProbe. */
  | { state: 'probe'; cooldown: Cooldown }
  /** `backAt`: the earliest instant at which a request may be let through. */
  | { state: 'out'; cooldown: Cooldown; backAt: number }

/** What a report changed about an account, to be stored and told. */
export type HealthChange =
  /** `after` is null when it ended early. */
  | { accountId: string; type: 'cooldown'; before: Cooldown | null; after: Cooldown | null }
  /** Its credential was refused: it is not used until an operator enables it. */
  | ({ accountId: string; type: 'error' } & AccountError)
  /** All its known usage windows. */
  | { accountId: string; type: 'windows'; windows: AccountWindow[] }

/** What an attempt says about its account: it began to answer, answered, or failed. */
export type Sign = 'answering' | 'alive' | Verdict

export interface ReportContext {
  /** Of the response, which has just begun: what they say is taken as of now. */
  headers: IncomingHttpHeaders | null
  /** No other account could serve the model: an overload, which concerns the whole API, then starts no cooldown. */
  isLastUsable: boolean
  /** Who made the request, as in claimProbe. */
  holder: string
  /** `fast`; null or left out means the usual speed. */
  speed?: string | null
  /** False when the request has already failed elsewhere, so it may be at fault itself; a probe always counts. */
  countsFailure?: boolean
}

/** What the database has about an account. */
interface StoredHealth {
  cooldowns: Cooldown[]
  windows: AccountWindow[]
  status: 'active' | 'disabled' | 'error'
}

/** The health of the accounts as far as this process knows. Cooldowns end by themselves when they are due. */
export interface AccountHealth {
  /** The worst of the cooldowns that cover the model. */
  standing: (accountId: string, model: string, speed?: string | null) => Standing
  /** True when the holder may use the account: it is available, or the holder now has its probe. */
  claimProbe: (accountId: string, model: string, holder: string, speed?: string | null) => boolean
  probesOf: (holder: string) => ProbeTurn[]
  /** Another process is probing what the holder claimed, so the account is unavailable here for a while. */
  leaveProbe: (holder: string) => void
  /** The holder's request ended without saying anything about the account. Does nothing for holders without a probe. */
  releaseProbe: (holder: string) => void
  /** The holder keeps its probes of what the report left as it was, until it releases them. */
  report: (accountId: string, model: string, sign: Sign, context: ReportContext) => HealthChange[]
  /** The account has a new credential, which ends a cooldown caused only by the lack of one. */
  noteNewCredential: (accountId: string) => HealthChange[]
  /** An operator has reset the account. */
  clear: (accountId: string) => HealthChange[]
  /** `windowsResetAt`: the soonest future reset of the five-hour and seven-day windows; Infinity when none is known. */
  rank: (accountId: string) => { usedLast: boolean; windowResetsAt: number }
  /** Those in force; an open breaker stays until a probe succeeds. */
  cooldownsOf: (accountId: string) => Cooldown[]
  /** Why its credential was refused, as seen by this process; null when it wasn't. */
  errorOf: (accountId: string) => string | null
  windowsOf: (accountId: string) => AccountWindow[]
  replace: (accountId: string, stored: StoredHealth) => void
  /** Forgets all other accounts. */
  forget: (keptIds: readonly string[]) => void
}

interface AccountHealthState {
  /** By kind and scope. */
  cooldowns: Map<string, Cooldown>
  windows: AccountWindow[]
  /** In a row, since the last response. */
  failures: number
  /** The breaker is open because there was no credential to send. */
  lacksCredential: boolean
  /** Why its credential was refused; null when it wasn't. */
  error: { reason: string; since: number } | null
}

const BREAKER = { kind: 'failures', scope: '' } as const
/** The breaker of the origin, shown on all its accounts. */
const ORIGIN_BREAKER = { kind: 'failures', scope: ORIGIN_SCOPE } as const
const DOUBT = { kind: 'unauthorized', scope: '' } as const
/** Scopes contain model names, which clients choose. */
const MAX_SCOPED_COOLDOWNS = 100
/** The windows that decide first whether an account is nearly used up. */
const RANKED_WINDOWS = new Set(['5h', '7d'])
const MAX_LEVEL = 30

export function createAccountHealth(options: HealthOptions): AccountHealth {
  const { clock, cooldownMinMs, cooldownMaxMs, cooldownUnnamedMs, overloadCooldownMs, breakerOpenMs } = options
  const { originProbeMs, cooldownProbeMs, peersOf } = options
  const accounts = new Map<string, AccountHealthState>()
  /** Failed tries in a row to reach an origin, by the account that represents it. */
  const unreached = new Map<string, number>()
  const probes = createProbes(clock)

  function stateOf(accountId: string): AccountHealthState {
    let state = accounts.get(accountId)
    if (state === undefined) {
      state = { cooldowns: new Map(), windows: [], failures: 0, lacksCredential: false, error: null }
      accounts.set(accountId, state)
    }
    return state
  }

  const isOver = (cooldown: Cooldown) => !isHalfOpen(cooldown) && cooldown.until <= clock.now()
  const inForce = (state: AccountHealthState) => [...state.cooldowns.values()].filter((cooldown) => !isOver(cooldown))

  function covering(state: AccountHealthState | undefined, model: string, speed: string | null): Cooldown[] {
    if (state === undefined || state.cooldowns.size === 0) return []
    const scopes = scopesOf(model, speed)
    return inForce(state).filter(({ scope }) => scopes.includes(scope))
  }

  /** One try at a time is made for all accounts of an origin. */
  const probeKey = (accountId: string, { scope }: Pick<Cooldown, 'scope'>) =>
    scope === ORIGIN_SCOPE ? `${ORIGIN_SCOPE} of ${originLeader(accountId)}` : accountId

  const originLeader = (accountId: string) => peersOf(accountId)[0] ?? accountId

  function standingUnder(accountId: string, cooldown: Cooldown, holder: string | null): Exclude<Standing, { state: 'ok' }> {
    const now = clock.now()
    const halfOpen = isHalfOpen(cooldown)
    const from = halfOpen ? cooldown.until : cooldown.probeAt
    // An occasional probe is not an end: for a cooldown of hours, the announced end is reported.
    const end = cooldown.kind === 'overloaded' ? (from ?? cooldown.until) : cooldown.until
    if (from === null || now < from) return { state: 'out', cooldown, backAt: end }
    if (probes.isFree(probeKey(accountId, cooldown), cooldown, holder)) return { state: 'probe', cooldown }
    return { state: 'out', cooldown, backAt: halfOpen ? now + retryMs(cooldown) : cooldown.until }
  }

  /** When a half-open breaker is tried again if the current probe tells nothing. */
  function retryMs({ kind, scope }: Cooldown): number {
    if (kind === 'unauthorized') return cooldownMinMs
    return scope === ORIGIN_SCOPE ? originProbeMs : breakerOpenMs
  }

  function standingFor(accountId: string, model: string, speed: string | null, holder: string | null): Standing {
    const state = accounts.get(accountId)
    if (state !== undefined && state.error !== null) return inError(state.error)
    let worst: Standing = { state: 'ok' }
    for (const cooldown of covering(state, model, speed)) {
      const standing = standingUnder(accountId, cooldown, holder)
      if (worst.state === 'ok' || backAtOf(standing) > backAtOf(worst)) worst = standing
    }
    return worst
  }

  /** Until the directory knows about it, an account whose credential was refused gets a long cooldown. */
  function inError({ reason, since }: { reason: string; since: number }): Standing {
    const until = clock.now() + cooldownMaxMs
    return {
      state: 'out',
      cooldown: { ...DOUBT, reason, since, until, probeAt: null, level: 1 },
      backAt: until
    }
  }

  function cooldownEnd(named: number | null): number {
    const now = clock.now()
    return Math.min(Math.max(named ?? now + cooldownUnnamedMs, now + cooldownMinMs), now + cooldownMaxMs)
  }

  function put(accountId: string, cooldown: Cooldown): HealthChange[] {
    const { cooldowns } = stateOf(accountId)
    const key = keyOf(cooldown)
    const before = cooldowns.get(key) ?? null
    cooldowns.set(key, cooldown)
    return [{ accountId, type: 'cooldown', before: before === null || isOver(before) ? null : before, after: cooldown }]
  }

  function end(accountId: string, cooldown: Cooldown): HealthChange[] {
    stateOf(accountId).cooldowns.delete(keyOf(cooldown))
    return [{ accountId, type: 'cooldown', before: cooldown, after: null }]
  }

  /** A cooldown in force is kept or extended: many requests in flight are often refused for the same reason at once. */
  function place(
    accountId: string,
    { kind, scope, reason, until, probeAt }: Pick<Cooldown, 'kind' | 'scope' | 'reason' | 'until' | 'probeAt'>
  ): HealthChange[] {
    const now = clock.now()
    const state = stateOf(accountId)
    const known = state.cooldowns.get(keyOf({ kind, scope }))
    const before = known === undefined || isOver(known) ? null : known
    if (before !== null && until - before.until <= Math.min((until - now) / 20, 1000)) return []
    const evicted = before === null && scope !== '' ? makeRoom(accountId, state) : []
    const rareProbeAt = until - now > cooldownProbeMs ? now + cooldownProbeMs : null
    const since = before?.since ?? now
    return [...evicted, ...put(accountId, { kind, scope, reason, since, until, probeAt: probeAt ?? rareProbeAt, level: 1 })]
  }

  function makeRoom(accountId: string, state: AccountHealthState): HealthChange[] {
    for (const [key, cooldown] of state.cooldowns) if (isOver(cooldown)) state.cooldowns.delete(key)
    const scoped = [...state.cooldowns.values()].filter(({ scope }) => scope !== '' && scope !== ORIGIN_SCOPE)
    const soonest = scoped.toSorted((a, b) => a.until - b.until)[0]
    return soonest === undefined || scoped.length < MAX_SCOPED_COOLDOWNS ? [] : end(accountId, soonest)
  }

  function openBreaker(accountId: string, since: number, level: number, reason: string): HealthChange[] {
    const doubledMs = Math.min(breakerOpenMs * 2 ** (level - 1), overloadCooldownMs)
    const openMs = isSharedOutage(accountId) ? Math.min(doubledMs, originProbeMs) : doubledMs
    return put(accountId, { ...BREAKER, reason, since, until: clock.now() + openMs, probeAt: null, level })
  }

  /** Whether all other accounts of the origin fail too, so the accounts are not at fault. */
  const isSharedOutage = (accountId: string) =>
    peersOf(accountId).every((peer) => peer === accountId || accounts.get(peer)?.cooldowns.has(keyOf(BREAKER)) === true)

  function noteFailure(accountId: string, verdict: Verdict, probed: Cooldown[], counts: boolean): HealthChange[] {
    const now = clock.now()
    const state = stateOf(accountId)
    const reason = plainReason(verdict.reason)
    const open = state.cooldowns.get(keyOf(BREAKER))
    if (open === undefined || probed.includes(open)) state.lacksCredential = verdict.ruling === 'no credential'
    if (open !== undefined) {
      const isProbe = probed.includes(open)
      return isProbe ? openBreaker(accountId, open.since, Math.min(open.level + 1, MAX_LEVEL), reason) : []
    }
    if (counts) state.failures += 1
    if (state.failures < options.breakerFailures) return []
    state.failures = 0
    return openBreaker(accountId, now, 1, reason)
  }

  /** A failure before there is a connection is no request's fault: each one counts. */
  function noteUnreached(accountId: string, reason: string, probed: Cooldown[]): HealthChange[] {
    const peers = peersOf(accountId)
    const open = peers
      .map((peer) => accounts.get(peer)?.cooldowns.get(keyOf(ORIGIN_BREAKER)))
      .find((known) => known !== undefined)
    const failures = (unreached.get(originLeader(accountId)) ?? 0) + 1
    if (open === undefined) unreached.set(originLeader(accountId), failures)
    if (open === undefined ? failures < options.breakerFailures : !probed.some(({ scope }) => scope === ORIGIN_SCOPE)) return []
    const now = clock.now()
    const [since, level] = [open?.since ?? now, Math.min((open?.level ?? 0) + 1, MAX_LEVEL)]
    return peers.flatMap((peer) =>
      put(peer, { ...ORIGIN_BREAKER, reason, since, until: now + originProbeMs, probeAt: null, level })
    )
  }

  function noteReached(accountId: string): HealthChange[] {
    unreached.delete(originLeader(accountId))
    return peersOf(accountId).flatMap((peer) => {
      const open = accounts.get(peer)?.cooldowns.get(keyOf(ORIGIN_BREAKER))
      return open === undefined ? [] : end(peer, open)
    })
  }

  /** A single 401 may be the upstream's slip: the account cools down for a moment, then the next try decides. */
  function doubtCredential(accountId: string, reason: string, probed: Cooldown[]): HealthChange[] {
    const now = clock.now()
    const doubt = stateOf(accountId).cooldowns.get(keyOf(DOUBT))
    if (doubt === undefined) {
      return put(accountId, { ...DOUBT, reason, since: now, until: now + cooldownMinMs, probeAt: null, level: 1 })
    }
    return probed.includes(doubt) ? [...end(accountId, doubt), ...noteError(accountId, reason)] : []
  }

  function noteError(accountId: string, reason: string, signInEnded = false): HealthChange[] {
    const state = stateOf(accountId)
    if (state.error !== null) return []
    state.error = { reason, since: clock.now() }
    return [{ accountId, type: 'error', reason, signInEnded }]
  }

  function noteAlive(
    accountId: string,
    model: string,
    probed: Cooldown[],
    headers: IncomingHttpHeaders | null
  ): HealthChange[] {
    const state = stateOf(accountId)
    const isLifted = headers !== null && saysAllowed(headers)
    const lifted = isLifted ? covering(state, model, null).filter(({ kind }) => kind === 'rate_limit') : []
    const breaker = state.cooldowns.get(keyOf(BREAKER))
    const closed = breaker === undefined ? [] : closeOnTrial(accountId, breaker)
    const ended = new Set([...probed, ...lifted].filter((cooldown) => cooldown !== breaker))
    return [...closed, ...[...ended].flatMap((cooldown) => end(accountId, cooldown))]
  }

  /** Until a response has come to its end, the next failure opens it again. */
  function closeOnTrial(accountId: string, breaker: Cooldown): HealthChange[] {
    stateOf(accountId).failures = options.breakerFailures - 1
    return end(accountId, breaker)
  }

  function noteWindows(accountId: string, headers: IncomingHttpHeaders): HealthChange[] {
    const state = stateOf(accountId)
    const { windows, changed } = mergeWindows(state.windows, readWindows(headers, clock.now()))
    state.windows = windows
    return changed ? [{ accountId, type: 'windows', windows }] : []
  }

  function noteRefusal(
    accountId: string,
    model: string,
    verdict: Verdict,
    { isLastUsable, countsFailure = true, speed = null }: ReportContext,
    probed: Cooldown[]
  ): HealthChange[] {
    const { consequence, until } = verdict
    const now = clock.now()
    const reason = plainReason(verdict.reason)
    switch (consequence) {
      case 'nothing':
      case 'forbidden, if another answers':
        return []
      case 'rate_limit':
      case 'billing':
      case 'forbidden':
        return place(accountId, {
          kind: consequence,
          scope: cooldownScope(verdict, model, speed),
          reason,
          until: cooldownEnd(until),
          probeAt: null
        })
      case 'overloaded': {
        if (isLastUsable) return []
        const end = until === null ? now + overloadCooldownMs : cooldownEnd(until)
        const probeAt = until === null ? now + overloadCooldownMs / 2 : null
        return place(accountId, { kind: consequence, scope: cooldownScope(verdict, model, speed), reason, until: end, probeAt })
      }
      case 'unauthorized':
        return doubtCredential(accountId, reason, probed)
      case 'error':
        return noteError(accountId, reason, verdict.ruling === 'sign-in ended')
      case 'failures':
        break
    }
    if (verdict.scope === 'origin') return noteUnreached(accountId, reason, probed)
    return noteFailure(accountId, verdict, probed, countsFailure)
  }

  /** What was due is not probed again before its next turn. */
  function noteProbed(accountId: string, probed: Cooldown[]): HealthChange[] {
    const { cooldowns } = stateOf(accountId)
    return probed.flatMap((cooldown) => {
      if (cooldown.probeAt === null || cooldowns.get(keyOf(cooldown)) !== cooldown) return []
      const next = clock.now() + cooldownProbeMs
      return put(accountId, { ...cooldown, probeAt: cooldown.until > next ? next : null })
    })
  }

  function endProbes(accountId: string, holder: string, probed: Cooldown[]): void {
    const { cooldowns } = stateOf(accountId)
    probes.release(holder)
    // A refusal says nothing about the breaker: it stays as it was and keeps its name, so its turn must be given back.
    for (const cooldown of probed) {
      if (cooldowns.get(keyOf(cooldown)) === cooldown) probes.claim(probeKey(accountId, cooldown), cooldown, holder)
    }
  }

  return {
    standing: (accountId, model, speed = null) => standingFor(accountId, model, speed, null),

    claimProbe(accountId, model, holder, speed = null) {
      const standing = standingFor(accountId, model, speed, holder)
      if (standing.state === 'probe') {
        for (const cooldown of covering(accounts.get(accountId), model, speed)) {
          probes.claim(probeKey(accountId, cooldown), cooldown, holder)
        }
      }
      return standing.state !== 'out'
    },

    probesOf: (holder) => probes.turnsOf(holder),
    leaveProbe: (holder) => probes.leave(holder),
    releaseProbe: (holder) => probes.release(holder),

    report(accountId, model, sign, context) {
      const { headers, holder } = context
      const state = stateOf(accountId)
      const reached = typeof sign === 'string' || hasAnswered(sign) ? noteReached(accountId) : []
      const probed = inForce(state).filter((cooldown) => probes.isHeldBy(probeKey(accountId, cooldown), cooldown, holder))
      const tellsWindows = typeof sign === 'string' || sign.consequence === 'rate_limit'
      const windows = headers !== null && tellsWindows ? noteWindows(accountId, headers) : []
      if (typeof sign === 'string' || isResponseOfSorts(sign)) {
        const changes = noteAlive(accountId, model, probed, headers)
        if (sign !== 'answering') state.failures = 0
        probes.release(holder)
        return [...reached, ...changes, ...windows]
      }
      const refused = noteRefusal(accountId, model, sign, context, probed)
      const tried = noteProbed(accountId, probed)
      endProbes(accountId, holder, probed)
      return [...reached, ...refused, ...tried, ...windows]
    },

    noteNewCredential(accountId) {
      const { lacksCredential, cooldowns } = stateOf(accountId)
      const breaker = cooldowns.get(keyOf(BREAKER))
      return breaker === undefined || !lacksCredential ? [] : closeOnTrial(accountId, breaker)
    },

    clear(accountId) {
      const state = stateOf(accountId)
      const ended = inForce(state).flatMap((cooldown) => end(accountId, cooldown))
      accounts.set(accountId, { ...state, cooldowns: new Map(), failures: 0, error: null })
      return ended
    },

    rank(accountId) {
      const future = (accounts.get(accountId)?.windows ?? []).filter(({ resetsAt }) => (resetsAt ?? 0) > clock.now())
      const ranked = future.filter(({ name }) => RANKED_WINDOWS.has(name))
      return {
        usedLast: future.some(({ utilization }) => (utilization ?? 0) > options.utilizationThreshold),
        windowResetsAt: Math.min(...ranked.map(({ resetsAt }) => resetsAt ?? Infinity))
      }
    },

    cooldownsOf(accountId) {
      const state = accounts.get(accountId)
      return state === undefined ? [] : inForce(state)
    },

    errorOf: (accountId) => accounts.get(accountId)?.error?.reason ?? null,

    windowsOf: (accountId) => [...(accounts.get(accountId)?.windows ?? [])],

    replace(accountId, { cooldowns, windows, status }) {
      const state = stateOf(accountId)
      state.cooldowns = new Map(cooldowns.map((cooldown) => [keyOf(cooldown), cooldown]))
      state.windows = [...windows]
      if (status !== 'error') state.error = null
    },

    forget(keptIds) {
      const kept = new Set(keptIds)
      for (const accountId of accounts.keys()) if (!kept.has(accountId)) accounts.delete(accountId)
    }
  }
}

/** The account looked at the request and rejected it, or the combination of the two. */
const isResponseOfSorts = (verdict: Verdict) =>
  hasAnswered(verdict) && (verdict.fault === 'request' || verdict.consequence === 'forbidden, if another answers')

function cooldownScope({ scope, family }: Verdict, model: string, speed: string | null): string {
  const names = scopeNames(model)
  if (scope === 'family') return family === null ? names.family : familyScope(family)
  if (scope === 'model') return names.model
  return scope === 'speed' && speed !== null ? speedScope(speed) : names.account
}

const keyOf = ({ kind, scope }: Pick<Cooldown, 'kind' | 'scope'>) => `${kind} ${scope}`

/** For comparing: what can be tried now counts as back. */
const backAtOf = (standing: Standing) => (standing.state === 'out' ? standing.backAt : -Infinity)
