import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { formatUsd, parseUsd } from '../../../../services/money/prices/money.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { createSpendingWorld, type Admitted } from '../../../support/spending-world.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const usd = (amount: number) => parseUsd(String(amount))
const page = await readFile(new URL('../../../../docs/limits.md', import.meta.url), 'utf8')
const example = page.slice(page.indexOf('## Example')).replaceAll('\n', ' ')

test('the example of docs/limits.md is what happens', async () => {
  const world = createSpendingWorld({
    clock: createVirtualClock(),
    balanceNano: usd(110),
    keyLimitNano: usd(20),
    team: {
      pool: { limits: { month: usd(100) }, raises: [] },
      members: new Map([
        ['ann', { guaranteed: { month: usd(30) }, cap: { limits: {}, raises: [] } }],
        ['bob', { guaranteed: {}, cap: { limits: { month: usd(80) }, raises: [] } }]
      ])
    }
  })
  world.spend({ userId: 'ann', keyId: 'hers', costNano: usd(5) })
  world.spend({ userId: 'bob', keyId: 'other', costNano: usd(48) })
  world.spend({ userId: 'bob', keyId: 'laptop', costNano: usd(12) })
  const replica = world.replica(null)
  const client = world.clientOf('bob', 'laptop')
  const { paying, key, team } = replica.eligibility.budgetsOf(client)
  const limitOf = (of: string, period: string) =>
    [...key.limits(), ...team!.limits()].find((limit) => limit.of === of && limit.period === period)!
  const row = (name: string, of: string, period: string, kept: number | null, left: bigint) => {
    const { limitNano, usedNano } = limitOf(of, period)
    return `| ${name} | ${formatUsd(limitNano!)} | ${formatUsd(usedNano)} | ${kept ?? '–'} | ${formatUsd(left)} |`
  }
  const cap = limitOf('member', 'month')
  for (const line of [
    `| wallet | – | – | – | ${formatUsd(paying.leftNano!)} |`,
    row('key', 'key', 'total', null, key.leftNano!),
    row('cap', 'member', 'month', null, cap.limitNano! - cap.usedNano),
    row('pool', 'team', 'month', 25, team!.leftNano!)
  ])
    assert.ok(example.includes(line), line)

  const costs = [2, 3, 7.5, 3].map(usd)
  const sent: Admitted[] = []
  const refusals: GatewayError[] = []
  for (const costNano of costs) {
    const result = await world.ask(replica, { userId: 'bob', keyId: 'laptop', estimateNano: usd(3), costNano })
    if (result instanceof GatewayError) refusals.push(result)
    else sent.push(result)
  }
  assert.deepEqual(
    sent.map(({ reservation: { tightest } }) => [tightest?.kind, tightest?.leftNano]),
    [
      ['key', usd(8)],
      ['key', usd(5)],
      ['key', usd(2)]
    ]
  )
  assert.deepEqual(
    refusals.map(({ type, retryAfterS }) => [type, retryAfterS]),
    [['rate_limit_error', 10]]
  )
  for (const admitted of sent) world.close(replica, admitted)
  world.settle(replica)
  assert.equal(world.usedOf('laptop'), usd(24.5))
  const excess = usd(4.5)
  assert.equal(world.usedOf('laptop') - usd(20), excess)
  assert.ok(world.usedOf('laptop') - usd(20) <= usd(3) + excess)
  const last = await world.ask(replica, { userId: 'bob', keyId: 'laptop', estimateNano: usd(3), costNano: usd(3) })
  assert.ok(last instanceof GatewayError)
  assert.ok(example.includes(last.message), last.message)
})
