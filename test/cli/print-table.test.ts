import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellOf, linesOf, usedOf } from '../../cli/cells.ts'
import { tableLines } from '../../cli/print-table.ts'

const HEADINGS = ['NAME', 'TEXT', 'TOKENS', 'COST']
const ROWS = [
  ['ann@example.com', 'a text that goes on and on', '12', '0.25'],
  ['bob', '', '1234567', '1']
]

test('a table is as wide as it is, or as the terminal', () => {
  assert.deepEqual(tableLines(HEADINGS, ROWS, { width: Infinity }), [
    'NAME             TEXT                        TOKENS   COST',
    'ann@example.com  a text that goes on and on  12       0.25',
    'bob                                          1234567  1'
  ])
  for (const width of [80, 50, 43, 40, 30, 20, 14]) {
    const lines = tableLines(HEADINGS, ROWS, { width, lesser: ['TOKENS'] })
    assert.ok(
      lines.every((line) => line.length <= width),
      `${width}: ${lines.join('\n')}`
    )
    assert.match(lines[0] ?? '', /^NAME/)
    if (width >= 34) assert.match(lines[0] ?? '', /COST$/)
  }
  assert.doesNotMatch(tableLines(HEADINGS, ROWS, { width: 34, lesser: ['TOKENS'] })[0] ?? '', /TOKENS/)
  assert.match(tableLines(HEADINGS, ROWS, { width: 50 })[1] ?? '', /^ann@example.com  a text .*…  12/)
})

test('nested values are lines and words, never JSON', () => {
  const limits = { daily: '5', weekly: null }
  const windows = [
    { kind: 'day', limit_usd: '5', used_usd: '1.5', resets_at: null },
    { kind: 'week', limit_usd: null, used_usd: '2', resets_at: null }
  ]
  assert.deepEqual(linesOf('spend_limits', limits), [
    ['spend_limits.daily', '5'],
    ['spend_limits.weekly', '-']
  ])
  assert.deepEqual(linesOf('windows', windows), [
    ['windows', 'kind: day, limit_usd: 5, used_usd: 1.5'],
    ['', 'kind: week, used_usd: 2']
  ])
  assert.deepEqual([usedOf(windows), usedOf([])], ['day 1.5 of 5', '-'])
  assert.deepEqual(
    [cellOf({ before: { status: 'active' }, after: {} }), cellOf(['a', 'b']), cellOf(null), cellOf(false)],
    ['before: status: active, after: -', 'a, b', '-', 'false']
  )
})
