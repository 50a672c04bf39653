import type { Clock } from '../../services/platform/clock.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import {
  createBillingEligibility,
  type BillingEligibility,
  type SettledUse
} from '../../services/gateway/eligibility/billing-eligibility.ts'
import type { SharedOutstanding } from '../../services/gateway/eligibility/shared-outstanding.ts'
import {
  createSpendReservations,
  type SpendReservation,
  type SpendReservations
} from '../../services/gateway/eligibility/spend-reservations.ts'
import { addToTeam, type TeamSpending, type TeamTerms } from '../../services/money/billing/team-budget.ts'
import type { QuotaWindow } from '../../services/money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../services/money/billing/window-policies.ts'
import type { KeySpending } from '../../services/resources/records/key-spending.ts'
import type { ClientKeyRecord } from '../../services/resources/records/client-keys.ts'
import type { ClientTeam } from '../../services/resources/records/teams.ts'

/** A request that was admitted. */
export interface Admitted {
  userId: string
  keyId: string
  estimateNano: bigint
  costNano: bigint
  reservation: SpendReservation
}

export interface SpendingReplica {
  eligibility: BillingEligibility
  reservations: SpendReservations
  running: Set<Admitted>
  closed: Admitted[]
  isLearnt: Set<string>
}

interface WorldOptions {
  clock: Clock
  /** What a user has, to begin with. */
  balanceNano: bigint
  /** Of each key by itself; null for none. */
  keyLimitNano: bigint | null
  /** The team that all keys are in; null for none. */
  team: TeamTerms | null
}

const TEAM = { windowAnchor: 'calendar', timeZone: 'UTC' } as const
const unused = (): QuotaWindow[] => (['day', 'week', 'month'] as const).map((kind) => ({ kind, startedAt: null, usedNano: 0n }))

/** A database and replicas that spend from it, without a request. */
export function createSpendingWorld({ clock, balanceNano, keyLimitNano, team }: WorldOptions) {
  const balances = new Map<string, bigint>()
  const keys = new Map<string, bigint>()
  let ofTeam: TeamSpending = { windows: unused(), members: new Map() }
  let isDatabaseAway = false

  const balanceOf = (userId: string) => balances.get(userId) ?? balanceNano
  const spendingOf = (keyId: string): KeySpending => ({ windows: unused(), totalNano: keys.get(keyId) ?? 0n })

  async function read<T>(value: () => T): Promise<T> {
    if (isDatabaseAway) throw new Error('the database is away')
    return value()
  }

  function clientOf(userId: string, keyId: string): ClientKeyRecord {
    const ofKeys: ClientTeam | null =
      team === null
        ? null
        : { id: 't1', name: 'core', status: 'active', ...TEAM, role: 'member', terms: team, spending: ofTeam }
    return {
      key: { id: keyId, limits: { day: null, week: null, month: null, total: keyLimitNano }, spending: spendingOf(keyId) },
      user: { id: userId, balanceNano: balanceOf(userId) },
      group: {
        id: 'g1',
        name: 'default',
        kind: 'balance',
        rateMultiplier: '1',
        limits: {},
        windowAnchor: 'first-use',
        timeZone: 'UTC'
      },
      subscription: null,
      team: ofKeys
    } as unknown as ClientKeyRecord
  }

  function spend(use: Pick<Admitted, 'userId' | 'keyId' | 'costNano'>): void {
    balances.set(use.userId, balanceOf(use.userId) - use.costNano)
    keys.set(use.keyId, (keys.get(use.keyId) ?? 0n) + use.costNano)
    if (team !== null) ofTeam = addToTeam(ofTeam, windowPolicyOf(TEAM), use.userId, clock.now(), use.costNano)
  }

  const payerOf = ({ userId, keyId }: Admitted) => ({
    userId,
    keyId,
    subscriptionId: null,
    ...(team === null ? {} : { teamId: 't1' })
  })

  return {
    clientOf,
    /** It was charged long ago. */
    spend,
    balanceOf,
    usedOf: (keyId: string) => keys.get(keyId) ?? 0n,
    usedOfTeam: (userId?: string) =>
      (userId === undefined ? ofTeam.windows : (ofTeam.members.get(userId) ?? unused())).find(({ kind }) => kind === 'month')!
        .usedNano,
    setDatabaseAway: (isAway: boolean) => void (isDatabaseAway = isAway),

    replica(shared: SharedOutstanding | null, tellMs = 1): SpendingReplica {
      const eligibility = createBillingEligibility({
        readBalance: (id) => read(() => balanceOf(id)),
        readKeySpending: (id) => read(() => spendingOf(id)),
        readSubscription: () => read(() => null),
        readTeamSpending: () => read(() => ofTeam),
        clock
      })
      const reservations = createSpendReservations({ eligibility, shared: () => shared, clock, tellMs, leaseTtlMs: 30_000 })
      return { eligibility, reservations, running: new Set(), closed: [], isLearnt: new Set() }
    },

    /** The request that was admitted, or what it was refused with. */
    async ask(
      replica: SpendingReplica,
      { userId = 'u1', keyId = 'k1', estimateNano, costNano }: Partial<Admitted> & Pick<Admitted, 'estimateNano' | 'costNano'>
    ): Promise<Admitted | GatewayError> {
      const { eligibility, reservations, running, isLearnt } = replica
      const client = clientOf(userId, keyId)
      // What is known of it may be old.
      if (!isLearnt.has(keyId)) eligibility.learnFrom(client, eligibility.mark())
      isLearnt.add(keyId)
      try {
        const estimate = { costNano: estimateNano, chargedNano: estimateNano }
        const reservation = await reservations.reserve(client, null, estimate)
        const admitted = { userId, keyId, estimateNano, costNano, reservation }
        running.add(admitted)
        return admitted
      } catch (error) {
        if (error instanceof GatewayError) return error
        throw error
      }
    },

    /** It ended, and its cost is in the journal. */
    close({ eligibility, reservations, running, closed }: SpendingReplica, admitted: Admitted): void {
      if (!running.delete(admitted)) return
      const payer = payerOf(admitted)
      eligibility.charged(payer as Parameters<typeof eligibility.charged>[0], {
        costNano: admitted.costNano,
        chargedNano: admitted.costNano
      })
      reservations.charged(payer)
      admitted.reservation.release()
      closed.push(admitted)
    },

    /** It ended without cost. */
    end({ running }: SpendingReplica, admitted: Admitted): void {
      running.delete(admitted)
      admitted.reservation.release()
    },

    /** What the replica has in its journal goes to the database, and the replica hears of it. */
    settle({ eligibility, reservations, closed }: SpendingReplica): void {
      const uses = closed.splice(0).map((one): SettledUse => {
        spend(one)
        const { userId, keyId, costNano } = one
        return {
          userId,
          keyId,
          subscriptionId: null,
          teamId: team === null ? null : 't1',
          attempts: 1,
          costNano,
          chargedNano: costNano
        }
      })
      eligibility.settled(uses, {
        balances: new Map(uses.map(({ userId }) => [userId, balanceOf(userId)])),
        subscriptions: new Map(),
        keys: new Map(uses.map(({ keyId }) => [keyId, spendingOf(keyId)])),
        teams: team === null ? new Map() : new Map([['t1', ofTeam]])
      })
      reservations.settled(uses, true)
    },

    /** Others settle what a replica that died has left in its journal. */
    adopt({ closed }: SpendingReplica): void {
      for (const one of closed.splice(0)) spend(one)
    }
  }
}

export type SpendingWorld = ReturnType<typeof createSpendingWorld>
