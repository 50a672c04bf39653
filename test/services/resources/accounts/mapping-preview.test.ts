import assert from 'node:assert/strict'
import { test } from 'node:test'
import builtIn from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import { previewMapping, type RuledAccount, type RuledGroup } from '../../../../services/resources/accounts/mapping-preview.ts'

const OPUS = 'claude-opus-5-5'
const HAIKU = 'claude-haiku-4-5'
const book = createPriceBook(builtIn)

const ruled = (changes: Partial<RuledAccount> = {}): RuledAccount => ({
  groups: ['default'],
  modelMapping: {},
  allowedModels: null,
  acceptedModels: [],
  ...changes
})
const group = (name = 'default', changes: Partial<RuledGroup> = {}): RuledGroup => ({
  name,
  modelMapping: {},
  allowedModels: null,
  ...changes
})

function preview(changes: Partial<RuledAccount>, others: Partial<Parameters<typeof previewMapping>[0]> = {}) {
  const rows = previewMapping({
    account: ruled(changes),
    others: [],
    groups: [group()],
    asked: [],
    book,
    now: Date.now(),
    ...others
  })
  return {
    rows,
    of: (requested: string) =>
      rows
        .filter((row) => row.requested === requested)
        .map(({ groups, sentAs, pricedAs, reason }) => [groups.join(), sentAs, pricedAs, reason])
  }
}

test('without rules each model of the book is sent and priced as it is asked for, once', () => {
  const { rows, of } = preview({})
  assert.deepEqual(of(OPUS), [['default', OPUS, OPUS, null]])
  assert.ok(rows.every(({ sentAs, prices }) => sentAs !== null && prices !== null && prices.input > 0n))
  const undated = rows.map(({ requested }) => requested.replace(/-\d{8}$/, ''))
  assert.equal(new Set(undated).size, rows.length, 'an id with its date is the same model')
})

test('what a mapping renames is priced as it was asked for, and what it does not name is not served', () => {
  const { rows, of } = preview({ modelMapping: { [OPUS]: 'big-model', mine: HAIKU } })
  assert.deepEqual(of(OPUS), [['default', 'big-model', OPUS, null]])
  assert.deepEqual(of('mine'), [['default', HAIKU, null, null]], 'a made-up name has no price')
  assert.equal(rows.find(({ requested }) => requested === 'mine')?.prices, null)
  assert.deepEqual(of(HAIKU), [['default', null, null, 'not served by this account']])
  assert.deepEqual(
    rows.slice(0, 2).map(({ requested }) => requested),
    [OPUS, 'mine'],
    'what is served comes first'
  )
})

test('what was asked for lately comes first, in its own spelling, where it was asked of a group of the account', () => {
  const asked = [
    { model: 'Claude-Opus-5-5[1m]', group: 'default' },
    { model: 'glm-5', group: 'default' },
    { model: 'elsewhere', group: 'other' }
  ]
  const { rows, of } = preview({}, { asked })
  assert.deepEqual(
    rows.slice(0, 2).map(({ requested, isAskedLately, pricedAs }) => [requested, isAskedLately, pricedAs]),
    [
      ['Claude-Opus-5-5[1m]', true, OPUS],
      ['glm-5', true, null]
    ]
  )
  assert.deepEqual(of('elsewhere'), [])
  assert.equal(rows.at(-1)?.isAskedLately, false)
})

test('groups have their say: what they map, and what they allow', () => {
  const groups = [group('default', { modelMapping: { fast: HAIKU } }), group('few', { allowedModels: [OPUS] }), group('none')]
  const { of } = preview({ groups: ['default', 'few'] }, { groups })
  assert.deepEqual(of('fast'), [
    ['default', HAIKU, null, null],
    ['few', null, null, 'not allowed in group few']
  ])
  assert.deepEqual(of(OPUS), [['default,few', OPUS, OPUS, null]], 'one row for groups that agree')
  assert.deepEqual(preview({ groups: [] }, { groups }).rows, [])
})

test('a name that another account accepts is left to it', () => {
  const others = [ruled({ acceptedModels: ['glm-5'] }), ruled({ groups: ['other'], acceptedModels: [OPUS] })]
  const asked = [{ model: 'glm-5', group: 'default' }]
  assert.deepEqual(preview({}, { others, asked }).of('glm-5'), [['default', null, null, 'left to the accounts that accept it']])
  assert.deepEqual(preview({ acceptedModels: ['glm-5'] }, { others, asked }).of('glm-5'), [['default', 'glm-5', null, null]])
  assert.deepEqual(preview({}, { others }).of(OPUS), [['default', OPUS, OPUS, null]], 'one of another group has no say')
})
