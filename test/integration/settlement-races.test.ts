import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addLedgerEntry } from '../../services/money/records/ledger-entries.ts'
import { keys } from '../../services/resources/keys/definition.ts'
import { rotateSecret } from '../../services/resources/keys/keys.ts'
import { users } from '../../services/resources/users/definition.ts'
import { settleAttempts, type PricedAttempt } from '../../services/resources/records/settlement.ts'
import { subscriptions } from '../../services/resources/subscriptions/definition.ts'
import { createSecretBox } from '../../services/platform/secrets.ts'
import { systemClock } from '../../services/platform/clock.ts'
import { applyDesired } from '../../services/resources/set-up/apply.ts'
import type { Desired } from '../../services/resources/set-up/declarative-schema.ts'
import { ANY_PRIVATE_HOST } from '../support/any-private-host.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { assertBooksAgree } from '../support/books.ts'
import { postgresPool } from '../support/databases.ts'
import { alterRow, provision } from '../support/provisioned.ts'
import { seededRandom } from '../../simulator/seeded-random.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const HOUR_MS = 3_600_000
const ROUNDS = 25
const SETTLERS = 6
const OWNERS = 8

test('settlers and operators at work on the same rows wait for each other, and never in a circle', async (t) => {
  const pool = await postgresPool(t)
  pool.options.max = 20
  const random = seededRandom(7)
  const owners: Awaited<ReturnType<typeof provision>>[] = []
  for (let index = 0; index < OWNERS; index++) owners.push(await provision(pool, `owner-${index}`))
  let made = 0
  const sent = new Map<string, PricedAttempt>()

  /** Owners and hours in an order of its own; some of it is settled by another settler too. */
  function batch(): PricedAttempt[] {
    return Array.from({ length: 30 }, () => {
      const known = random.chance(0.2) ? sent.get(String(random.int(1, Math.max(1, made)))) : undefined
      if (known !== undefined) return known
      const owner = owners[random.int(0, OWNERS - 1)]!
      const use = random.chance(0.5) ? owner.walletUse : owner.planUse
      const createdAt = NOON + random.int(0, 60) * HOUR_MS
      const attempt = pricedAttempt(`race-${++made}.1`, { sent: { ...use, createdAt }, costNano: 3n })
      sent.set(String(made), attempt)
      return attempt
    })
  }

  /** As a file that names them in another order than they were made in, and changes each each time. */
  function declared(round: number): Desired {
    const names = owners.map((_, index) => index).toReversed()
    return {
      users: names.map((index) => ({
        email: `owner-${index}@example.com`,
        concurrency: 10 + (round % 7),
        keys: [
          { name: `owner-${index}-key`, group: `owner-${index}-wallet`, expires_at: new Date(NOON * 2 + round).toISOString() }
        ],
        subscriptions: [{ group: `owner-${index}-plan`, days: 400 + round }]
      }))
    }
  }

  async function operate(round: number) {
    for (const { user, key, subscription } of owners.toReversed()) {
      const sourceId = `adjustment:${round}-${user.id}`
      await addLedgerEntry(pool, { userId: user.id, kind: 'adjustment', amountNano: 5n, sourceId })
      await alterRow(pool, users, user.id, { concurrency: round + 1 })
      const name = `owner-${owners.findIndex((o) => o.key.id === key.id)}-key`
      await alterRow(pool, keys, key.id, { name })
      await rotateSecret(pool, key.id, `a-new-secret-${round}-${key.id}`, NOON * 2)
      await alterRow(pool, subscriptions, subscription.id, { status: 'active' })
    }
  }

  const secretBox = createSecretBox([Buffer.alloc(32, 7).toString('hex')])
  for (let round = 0; round < ROUNDS; round++) {
    const batches = Array.from({ length: SETTLERS }, batch)
    await Promise.all([
      ...batches.map((attempts) => settleAttempts(pool, attempts)),
      operate(round),
      applyDesired(pool, declared(round), {
        secretBox,
        clock: systemClock,
        hosts: ANY_PRIVATE_HOST,
        audit: { actor: 'admin', origin: null }
      })
    ])
  }

  await assertBooksAgree(pool)
  const { rows } = await pool.query<{ deadlocks: string; events: string }>(
    `select (select deadlocks from pg_stat_database where datname = current_database()) as deadlocks,
       (select count(*) from usage_events) as events`
  )
  assert.deepEqual(rows, [{ deadlocks: '0', events: String(made) }])
})
