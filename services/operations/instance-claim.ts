import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { pause, type Clock, type Timer } from '../platform/clock.ts'
import { keepingAlive } from '../platform/within.ts'
import { claimInstance, releaseInstance, type InstanceObstacle } from '../resources/records/instances.ts'
import type { Connectable } from '../platform/database/queryable.ts'

/** A claim that has just run out is waited for: its process may have been killed and this one started in its place. */
const CLAIM_CHECK_MS = 500

const WHAT_TO_DO = {
  'this-is-alone':
    'set REDIS_URL for all of them, so that they share their slots; or stop it, or give this one a database of its own',
  'it-is-alone': 'it does not share its slots: set REDIS_URL for it too, or stop it',
  'same-instance': 'it has the same instance id: give each its own DATA_DIR, and never a copy of one'
}

interface InstanceClaimOptions {
  db: Connectable
  instanceId: string
  /** Whether it may be one of many. */
  sharesSlots: boolean
  leaseTtlMs: number
  clock: Clock
  log: Pick<Logger, 'info' | 'warn' | 'fatal'>
  /** Another instance has taken the database over: this one must end. */
  onLost: () => void
}

interface HeldClaim {
  /** How many instances use the database, this one among them, as of the last renewal. */
  known: () => number
  release: () => Promise<void>
}

/**
 * Claims the database for this process and renews that while it lives. Waits for a claim that may be a dead process's; rejects with
 * what to do when another instance is there that cannot be beside this one.
 */
export async function startInstanceClaim(options: InstanceClaimOptions): Promise<HeldClaim> {
  const { db, instanceId, sharesSlots, leaseTtlMs, clock, log, onLost } = options
  const own = { id: instanceId, life: randomUUID(), sharesSlots }
  const claim = () => claimInstance(db, own, leaseTtlMs, false)
  const first = await claim()
  let known = first.claimed ? first.instances : await outlast(first)

  /** Resolves to how many instances there are once the claim in the way has run out; throws when it is renewed. */
  async function outlast(obstacle: InstanceObstacle): Promise<number> {
    const { holder, expiresInMs } = obstacle
    log.warn({ instance: holder, atMostMs: expiresInMs }, waitingFor(obstacle))
    for (;;) {
      await keepingAlive(pause(clock, Math.min(CLAIM_CHECK_MS, expiresInMs)))
      const again = await claim()
      if (again.claimed) {
        log.info(
          { instance: holder },
          'the claim of the other instance is gone: the start goes on. Usage it had not settled is in its DATA_DIR, and is settled by a start there'
        )
        return again.instances
      }
      if (again.expiresAt > obstacle.expiresAt) throw new Error(describe(again))
    }
  }

  async function renew(): Promise<void> {
    try {
      const claim = await claimInstance(db, own, leaseTtlMs, true)
      if (claim.claimed) {
        known = claim.instances
        return
      }
      log.fatal({ problem: describe(claim) }, 'another instance has taken over the database: shutting down')
      onLost()
    } catch (err) {
      // With the database away nobody else can take it over either.
      log.warn({ err }, 'the claim on the database could not be renewed')
    }
  }

  let renewal = nextRenewal()
  function nextRenewal(): Timer {
    return clock.setTimer(() => {
      renewal = nextRenewal()
      void renew()
    }, leaseTtlMs / 3)
  }

  return {
    known: () => known,
    async release() {
      renewal.cancel()
      await releaseInstance(db, own).catch((err: unknown) =>
        log.warn({ err }, 'the claim could not be released: it will expire')
      )
    }
  }
}

function describe({ holder, because }: InstanceObstacle): string {
  return `Another Sluice (instance ${holder}) is running on this database: ${WHAT_TO_DO[because]}`
}

/** Whether its process lives cannot be told from here: a connection that is lost does not prove that it is gone. */
function waitingFor({ holder, expiresInMs }: InstanceObstacle): string {
  const seconds = Math.ceil(expiresInMs / 1000)
  return `the start waits for ${seconds} s at most: another Sluice (instance ${holder}) has a claim on this database and may still be running. If it was killed, its claim runs out then and the start goes on`
}
