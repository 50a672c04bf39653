import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unservedOf, whyNoneServes, type Serving } from '../../../../services/gateway/accounts/standings.ts'

const usable: Serving = { name: 'main', state: 'available', problem: null, cooldowns: [], groups: ['default'] }
const resting = { until: Date.UTC(2027, 0, 1), reason: 'over the limit' }

test('while one account can serve some model nothing is said, else of each why it cannot', () => {
  const disabled: Serving = { ...usable, name: 'off', state: 'disabled' }
  assert.equal(whyNoneServes([disabled, usable]), null)
  assert.equal(whyNoneServes([disabled, { ...usable, state: 'limited', cooldowns: [resting] }]), null)
  assert.equal(whyNoneServes([]), 'there are none')
  const rest = { until: 0, reason: 'that ends sooner' }
  assert.equal(
    whyNoneServes([
      disabled,
      { ...usable, name: 'bad', state: 'error', problem: '401: no' },
      { ...usable, name: 'open', state: 'failing', cooldowns: [rest, resting] },
      { ...usable, name: 'loose', groups: [] }
    ]),
    'off is disabled; bad is in error: 401: no; open is cooling down until 2027-01-01T00:00:00.000Z: over the limit; loose is in no group'
  )
  assert.match(whyNoneServes(Array.from({ length: 12 }, () => disabled)) ?? '', /; and 2 more$/)
})

test('a group is unserved with no account in it that can serve, whatever others can', () => {
  const team: Serving = { ...usable, name: 'team', groups: ['default', 'team'] }
  assert.deepEqual(unservedOf(['default', 'team'], [team]), [])
  assert.deepEqual(unservedOf(['default', 'team', 'none'], [usable, { ...team, state: 'disabled' }]), [
    { group: 'team', reason: 'team is disabled' },
    { group: 'none', reason: 'none serves this group' }
  ])
})
