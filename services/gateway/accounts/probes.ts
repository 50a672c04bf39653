import type { Clock } from '../../platform/clock.ts'
import { isHalfOpen, type Cooldown } from '../../resources/accounts/cooldowns.ts'

/** Tracks which request probes each cooldown: one at a time. */
export interface Probes {
  /** True also when the holder has it already. */
  isFree: (accountId: string, cooldown: Cooldown, holder: string | null) => boolean
  claim: (accountId: string, cooldown: Cooldown, holder: string) => void
  isHeldBy: (accountId: string, cooldown: Cooldown, holder: string) => boolean
  turnsOf: (holder: string) => ProbeTurn[]
  /** Another process has what the holder claimed: for a while nobody here claims it again. */
  leave: (holder: string) => void
  release: (holder: string) => void
}

/** What a holder has claimed, for other processes. */
export interface ProbeTurn {
  /** The same in every process; a renewed cooldown has a new one. */
  name: string
  /** How long the claim lasts if it is not given back. */
  ttlMs: number
}

interface Claim {
  holder: string
  /** A cooldown that was renewed since is a new one with its own probe. */
  due: string
  endsAt: number
}

/** Longer than a request lasts; a claim that was never given back must not keep an account away for ever. */
const MAX_CLAIM_MS = 900_000

/** A breaker does not end by itself: while one probe takes long, another may be made. */
const MAX_BREAKER_CLAIM_MS = 30_000

/** Replicas hear about the result of a probe elsewhere, but not that a probe had none. */
const ELSEWHERE_MS = 5000
const ELSEWHERE = ''

export function createProbes(clock: Clock): Probes {
  const claims = new Map<string, Claim>()

  function holderOf(accountId: string, cooldown: Cooldown): string | null {
    const claim = claims.get(keyOf(accountId, cooldown))
    return claim === undefined || claim.due !== dueOf(cooldown) || claim.endsAt <= clock.now() ? null : claim.holder
  }

  return {
    isFree(accountId, cooldown, holder) {
      const current = holderOf(accountId, cooldown)
      return current === null || current === holder
    },

    claim(accountId, cooldown, holder) {
      const claimMs = isHalfOpen(cooldown) ? MAX_BREAKER_CLAIM_MS : MAX_CLAIM_MS
      claims.set(keyOf(accountId, cooldown), { holder, due: dueOf(cooldown), endsAt: clock.now() + claimMs })
    },

    isHeldBy: (accountId, cooldown, holder) => holderOf(accountId, cooldown) === holder,

    turnsOf: (holder) =>
      [...claims]
        .filter(([, claim]) => claim.holder === holder)
        .map(([key, { due, endsAt }]) => ({ name: `${key} ${due}`, ttlMs: Math.max(1, endsAt - clock.now()) })),

    leave(holder) {
      for (const claim of claims.values()) {
        if (claim.holder !== holder) continue
        claim.holder = ELSEWHERE
        claim.endsAt = clock.now() + ELSEWHERE_MS
      }
    },

    release(holder) {
      for (const [key, claim] of claims) if (claim.holder === holder) claims.delete(key)
    }
  }
}

const dueOf = ({ until, probeAt }: Cooldown) => (probeAt === null ? String(until) : `${until} ${probeAt}`)

const keyOf = (accountId: string, { kind, scope }: Cooldown) => `${accountId} ${kind} ${scope}`
