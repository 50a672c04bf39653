import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brakesOf } from '../../../../services/resources/brakes/brake-fields.ts'
import { brakesSetting, brakesText } from '../../../../services/resources/brakes/brakes-setting.ts'
import { InvalidSetting } from '../../../../services/resources/set-up/setting-values.ts'

const NONE = { key: null, session: null, agent: null }

test('nothing is limited where nobody says so, and identical turns are only told of', () => {
  assert.deepEqual(brakesOf(null, {}), {
    spendNano: NONE,
    spendMinutes: 10,
    requests: NONE,
    action: 'pause',
    identicalTurns: 10,
    identicalAction: 'warn',
    pauseMs: 3_600_000
  })
})

test('a key says each part for itself, and 0 takes a limit of all away', () => {
  const defaults = brakesSetting('session_spend_usd=20, session_requests=60,identical_action=pause,pause_minutes=0')
  assert.deepEqual(defaults, { session_spend_usd: '20', session_requests: 60, identical_action: 'pause', pause_minutes: 0 })
  const common = brakesOf(null, defaults)
  assert.deepEqual([common.spendNano.session, common.requests.session, common.pauseMs], [20_000_000_000n, 60, null])
  const own = brakesOf(
    { session_spend_usd: '0', key_spend_usd: '5.5', identical_action: 'off', session_requests: null },
    defaults
  )
  assert.deepEqual(own.spendNano, { key: 5_500_000_000n, session: null, agent: null })
  assert.deepEqual([own.requests.session, own.identicalTurns], [60, null])
})

test('the setting is read back as it is written, and says what is wrong with it', () => {
  for (const text of ['none', 'identical_turns=10,identical_action=warn', 'key_spend_usd=0.5,spend_minutes=60,action=warn']) {
    assert.equal(brakesText(brakesSetting(text)), text)
  }
  for (const [text, problem] of [
    ['spend=5', /^must be part=value with commas between them, or none; parts are key_spend_usd, /],
    ['action', /^must have as action pause or warn, not ""/],
    ['action=stop', /^must have as action pause or warn, not "stop"/],
    ['key_requests=1,key_requests=2', /^names key_requests twice/],
    ['spend_minutes=61', /from 1 to 60, not "61"/],
    ['key_spend_usd=-1', /^must have as key_spend_usd an amount of USD/],
    ['constructor=1', /^must be part=value/]
  ] as const) {
    assert.throws(
      () => brakesSetting(text),
      (error) => error instanceof InvalidSetting && problem.test(error.message)
    )
  }
})
